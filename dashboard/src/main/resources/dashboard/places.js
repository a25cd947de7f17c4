// Which page an address means, and which address a page has: the whole state of a view stands in the URL. Pure.

const PAGES = new Set(['overview', 'groups', 'workers', 'tasks', 'log']);

/** `{page, id, params}` of a path and a query. */
export function parse(path, search) {
  const [, , page = '', ...rest] = path.split('/');
  const params = Object.fromEntries([...new URLSearchParams(search)].filter(([, value]) => value !== ''));
  const id = rest.length ? decodeURIComponent(rest.join('/')) : '';
  if (page === '' || !PAGES.has(page)) return { page: 'overview', id: '', params };
  if (page === 'tasks' && id) return { page: 'task', id, params };
  if (page === 'groups' && id) return { page: 'group', id, params };
  return { page, id: '', params };
}

/** The address of a place. Empty parameters are left out. */
export function address(page, id, params = {}) {
  const base = {
    overview: '/dashboard',
    group: `/dashboard/groups/${encodeURIComponent(id)}`,
    task: `/dashboard/tasks/${encodeURIComponent(id)}`,
  }[page] ?? `/dashboard/${page}`;
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== '' && value != null));
  return query.size ? `${base}?${query}` : base;
}

/** What the server is asked for a place: `[view, params]`. */
export function viewOf(place) {
  switch (place.page) {
    case 'overview':
    case 'groups':
      return ['overview', {}];
    case 'group':
      return ['group', { group: place.id }];
    case 'task':
      return ['task', { id: place.id }];
    case 'workers':
      return ['workers', pick(place.params, ['group', 'state', 'q', 'page'])];
    case 'tasks':
      return ['tasks', { status: 'executing', ...pick(place.params, ['group', 'status', 'worker', 'q', 'page']) }];
    default:
      return ['log', pick(place.params, ['group', 'kind', 'q', 'before'])];
  }
}

function pick(params, names) {
  return Object.fromEntries(names.filter((name) => params[name]).map((name) => [name, params[name]]));
}

/** Whether a text is the id of a task. */
export function isTaskId(text) {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text);
}
