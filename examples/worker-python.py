"""A worker in Python: pip install websocket-client, then
    python3 worker-python.py [ws://localhost:3000] [group]
or with GATEWAY_URL and GROUP in the environment, and WORKER_KEY where keys are asked for. Reconnects by itself, brings an answer it could not send to whichever
gateway it reaches next, and finishes its task before it stops on Ctrl-C. Tasks run beside the connection, so pings are
answered while they do.
"""
import json
import os
import queue
import random
import signal
import sys
import threading
import time
from urllib.parse import urlencode, urlsplit, urlunsplit

import websocket

URL = sys.argv[1] if len(sys.argv) > 1 else os.environ.get('GATEWAY_URL', 'ws://localhost:3000')
GROUP = sys.argv[2] if len(sys.argv) > 2 else os.environ.get('GROUP', 'default')
HEADERS = {'Authorization': 'Bearer ' + os.environ['WORKER_KEY']} if os.environ.get('WORKER_KEY') else None


# ---- your work: replace this -------------------------------------------------------------------------------------
def process_task(payload, cancelled):
    """Returns the result, or raises. cancelled.is_set() when nobody waits for the result any more."""
    return {'success': True, 'data': payload.get('data', payload.get('messages')), 'worker': 'python'}
# ------------------------------------------------------------------------------------------------------------------


SILENCE_S = 60      # the gateway pings every 15 s; a link silent for longer is dead
STOP_S = 20         # how long a stopping worker tries to bring its last answer

lock = threading.RLock()    # signals come on the main thread, even while it holds this
todo = queue.Queue()        # (task id, payload); one after the other
cancels = {}                # task id -> Event, of the tasks that wait or run
unsent = []                 # answers, as JSON
connection = None
greeted = False
failures = 0
stopping = threading.Event()


def log(*text):
    print(*text, flush=True)


def work():
    while True:
        task_id, payload = todo.get()
        started = time.monotonic()
        cancelled = cancels[task_id]

        def answer(kind, **rest):
            duration = round((time.monotonic() - started) * 1000)
            return json.dumps({'type': kind, 'taskId': task_id, **rest, 'duration': duration}, allow_nan=False)

        try:
            if cancelled.is_set():
                raise RuntimeError('cancelled before it began')
            text = answer('task_complete', result=process_task(payload, cancelled))
            log('task_complete', task_id)
        except Exception as error:
            text = answer('task_error', error=str(error) or type(error).__name__)
            log('task_error', task_id)
        with lock:
            unsent.append(text)
            del cancels[task_id]
        flush()


def flush():
    """An answer is kept until the socket took it; sent to a former gateway in vain, it is tried at the next."""
    with lock:
        try:
            while greeted and unsent:
                connection.send(unsent[0])
                unsent.pop(0)
        except Exception as error:
            log('answer kept for the next connection:', error)
        if is_done():
            leave()


def is_done():
    return stopping.is_set() and not cancels and not unsent


def leave():
    """Says goodbye; run_forever ends when the gateway has said it too. WebSocketApp.close() would race it for that."""
    try:
        connection.sock.send_close()
    except Exception:
        pass    # not connected, or no more: run_forever ends, or on_message comes here again


def on_message(_, text):
    global greeted, failures
    message = json.loads(text)
    kind = message['type']
    if kind == 'connected':
        log(f"connected as {message['workerId']}, group {GROUP}")
        with lock:
            greeted = True
            failures = 0
            flush()
            if not cancels and not stopping.is_set():
                connection.send('{"type":"ready"}')
    elif kind == 'task':
        # One after the other: a worker that comes back in the middle of a task is given the next one all the same.
        with lock:
            cancels[message['taskId']] = threading.Event()
        todo.put((message['taskId'], message['payload']))
    elif kind == 'cancel':
        cancelled = cancels.get(message['taskId'])
        if cancelled:
            cancelled.set()
    elif kind == 'error':
        log(f"gateway: {message['code']}: {message['message']}")


def stop(*_):
    if stopping.is_set():
        os._exit(1)
    stopping.set()
    log('stopping after the current task' if cancels else 'stopping')
    if is_done():
        # Not from here: a signal may come in the middle of a frame.
        threading.Thread(target=leave, daemon=True).start()


def address():
    parts = urlsplit(URL)
    path = '/ws' if parts.path in ('', '/') else parts.path
    query = '&'.join(filter(None, [parts.query, urlencode({'group': GROUP})]))
    return urlunsplit((parts.scheme, parts.netloc, path, query, ''))


signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)
threading.Thread(target=work, daemon=True).start()
websocket.setdefaulttimeout(SILENCE_S)

stopped_at = None
restarts = False
refusal = None


def on_close(_, code, reason):
    global restarts
    restarts = code == 1012


def on_error(_, error):
    global refusal
    refusal = {
        400: 'the gateway refuses the group: its name is 1 to 64 characters of A-Z a-z 0-9 . _ -',
        401: 'the gateway does not know this WORKER_KEY' if HEADERS else 'the gateway asks for a key: set WORKER_KEY',
        403: 'this WORKER_KEY does not serve the group',
    }.get(getattr(error, 'status_code', None))
    log(refusal or f'connection: {error}')


while not is_done():
    restarts = False
    connection = websocket.WebSocketApp(
        address(),
        header=HEADERS,
        on_message=on_message,
        on_close=on_close,
        on_error=on_error,
    )
    if is_done():
        break
    # Its own pings (and the wait for their answers) find a dead link.
    # No Origin header: that is for pages, and behind a proxy that changes Host it would look like a foreign page's.
    connection.run_forever(ping_interval=SILENCE_S / 2, ping_timeout=SILENCE_S / 4, suppress_origin=True)
    greeted = False
    if refusal:
        # The next connection would be refused as well.
        sys.exit(1)
    if is_done():
        break
    if stopping.is_set() and not cancels:
        stopped_at = stopped_at or time.monotonic()
        if time.monotonic() - stopped_at > STOP_S:
            sys.exit(1)
    # Full jitter, half a second to half a minute; up to 3 s when the gateway restarts (1012).
    limit = 3 if restarts else min(30, 0.5 * 2 ** min(failures, 6))
    failures += 1
    delay = random.uniform(0, min(limit, 2) if stopping.is_set() else limit)
    log(f'disconnected, again in {delay:.1f} s')
    stopping.wait(delay) if not stopping.is_set() else time.sleep(delay)
