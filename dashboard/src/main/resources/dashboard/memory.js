// What this browser remembers of its reader. A browser that forbids it forgets.

export function recall(name) {
  try {
    return localStorage.getItem(`task-dispatcher.${name}`);
  } catch {
    return null;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`task-dispatcher.${name}`, value);
  } catch {
    // Then it is chosen again next time.
  }
}
