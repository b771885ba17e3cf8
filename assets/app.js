// Gatebook's own script. Every page works without it; it only shortens the way.
const root = document, $ = (s, from = root) => from.querySelector(s), all = s => root.querySelectorAll(s);
const on = (type, f) => root.addEventListener(type, f);

// The reader's own time in the title; "3 hours ago" within a day.
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
function times() {
  for (const t of all('time[datetime]:not([data-read])')) {
    const then = new Date(t.dateTime), s = (Date.now() - then) / 1000;
    if (isNaN(then)) continue;
    t.dataset.read = '';
    t.title = then.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' }) +
      ' · ' + (t.title || t.textContent);
    if (s < 0 || s >= 86400) continue;
    const text = s < 60 ? 'just now' : s < 3600 ? ago.format(-(s / 60 | 0), 'minute') : ago.format(-(s / 3600 | 0), 'hour');
    if (!('exact' in t.dataset)) t.textContent = text;
    else t.after(Object.assign(root.createElement('small'), { textContent: text }));
  }
}

// A dialog in place of the confirm page that the link leads to.
let go;
function ask(el) {
  $('#confirm-text').textContent = el.dataset.confirm;
  $('[data-go]').textContent = el.textContent.trim();
  go = () => {
    const form = el.form || Object.assign(root.createElement('form'), { method: 'post', action: el.href });
    if (!el.form) root.body.append(form);
    form.submit();
  };
  $('#confirm').showModal();
}

on('click', e => {
  const el = e.target.closest('[data-confirm],[data-copy],[data-close],[data-go]');
  for (const menu of all('.menu[open]')) if (!menu.contains(e.target)) menu.open = false;
  if (!el || e.ctrlKey || e.metaKey || e.shiftKey) return;
  if ('confirm' in el.dataset) { e.preventDefault(); ask(el); }
  if ('close' in el.dataset || 'go' in el.dataset) $('#confirm').close();
  if ('go' in el.dataset) go();
  if ('copy' in el.dataset) navigator.clipboard?.writeText(el.dataset.copy).then(() => { el.textContent = 'Copied'; });
});

on('keydown', e => {
  const menu = e.key === 'Escape' && $('.menu[open]');
  if (menu) { menu.open = false; $('summary', menu).focus(); }
});

on('submit', e => {
  const form = e.target, by = e.submitter;
  if (form.matches('[data-busy]')) {
    if (form.dataset.sent) return e.preventDefault();
    const label = $('[data-text]', form);
    form.dataset.sent = label.textContent;
    label.textContent = form.dataset.busy;
    by?.setAttribute('aria-disabled', 'true');
  }
  if (form.matches('.theme') && by) {
    e.preventDefault();
    root.documentElement.dataset.theme = by.value === 'auto' ? '' : by.value;
    for (const b of form.querySelectorAll('button')) b.setAttribute('aria-pressed', b === by);
    fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, by)), redirect: 'manual' });
  }
});

// A page from the browser's back/forward cache can be used again.
addEventListener('pageshow', () => {
  for (const form of all('[data-sent]')) {
    $('[data-text]', form).textContent = form.dataset.sent;
    delete form.dataset.sent;
    $('[aria-disabled]', form)?.removeAttribute('aria-disabled');
  }
});

// The book: the form says what the address says; focus follows the reader.
on('htmx:config:request', e => {
  const body = e.detail.ctx.request.body;
  for (const [k, v] of [...body]) if (!v) body.delete(k);
});
on('htmx:before:swap', e => {
  const raw = e.detail.ctx.response?.raw;
  if (raw?.redirected) { e.preventDefault(); location = raw.url; }
});
on('htmx:after:swap', e => {
  times();
  const form = $('#filter'), title = $('#events-title');
  if (!form || !title) return;
  const asked = new URLSearchParams(location.search);
  for (const f of form.elements) {
    if (f.name && f !== root.activeElement) f.value = asked.get(f.name) || '';
  }
  form.q.setAttribute('aria-invalid', !!$('#q-problem').textContent);
  $('#live').textContent = title.textContent;
  if (e.detail.ctx.sourceElement !== form) title.focus();
});
on('htmx:error', () => { $('#live').textContent = 'That could not be fetched. Please try again.'; });

times();
