// The pages that mails lead to. The token stands after the "#" of the address, which no server sees; a click uses it, so that
// programs that look at links in mails do not.

const mutations = {
  confirmEmail: 'mutation ($input: ConfirmEmailInput!) { confirmEmail(input: $input) { email } }',
  resetPassword: 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { endedSessions } }',
  requestEmailConfirmation: 'mutation ($input: RequestEmailConfirmationInput!) { requestEmailConfirmation(input: $input) { email } }',
  requestPasswordReset: 'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { email } }',
};

const token = () => (location.hash.startsWith('#enm_') ? location.hash.slice(1) : '');

/** Shows the parts that make sense with or without a link, and takes the token along to the other language. */
function show() {
  const byLink = document.querySelector('section.by-link');
  const ask = document.querySelector('section.ask');
  byLink?.toggleAttribute('hidden', token() === '');
  ask?.removeAttribute('hidden');
  const other = document.querySelector('a.language');
  if (other instanceof HTMLAnchorElement) other.hash = token();
}

/**
 * Sends a form's mutation and says what came of it, in the words of the server or of the page.
 * @param {HTMLFormElement} form
 */
async function send(form) {
  const { mutation = '', done = '', failed = '' } = form.dataset;
  const input = Object.fromEntries(new FormData(form));
  if (form.closest('.by-link')) input.token = token();
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': document.documentElement.lang },
      body: JSON.stringify({ query: mutations[/** @type {keyof typeof mutations} */ (mutation)], variables: { input } }),
    });
    const { errors } = await response.json();
    return { ok: !errors, said: errors ? errors[0].message : done };
  } catch {
    return { ok: false, said: failed };
  }
}

for (const form of document.querySelectorAll('form')) {
  const status = form.querySelector('[role="status"]');
  const button = form.querySelector('button');
  if (!status || !button) continue;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    status.textContent = '';
    const { ok, said } = await send(form);
    status.textContent = said;
    status.classList.toggle('refused', !ok);
    const isUsedUp = ok && form.closest('.by-link') !== null;
    button.disabled = isUsedUp;
    if (ok) form.reset();
    if (isUsedUp) history.replaceState(null, '', location.pathname);
  });
}

addEventListener('hashchange', show);
show();
