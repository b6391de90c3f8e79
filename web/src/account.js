// The pages that mails lead to. The token stands after the "#" of the address, which no server sees; a click uses it, so that
// programs that look at links in mails do not.

const mutations = {
  confirmEmail: 'mutation ($input: ConfirmEmailInput!) { confirmEmail(input: $input) { email } }',
  resetPassword: 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { endedSessions } }',
  acceptInvitation: 'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { membership { role } } }',
  declineInvitation: 'mutation ($input: DeclineInvitationInput!) { declineInvitation(input: $input) { organization { id } } }',
  acceptTerms: 'mutation ($input: AcceptTermsInput!) { acceptTerms(input: $input) { viewer { owesTerms } } }',
  signIn: 'mutation ($input: SignInInput!) { signIn(input: $input) { expiresAt } }',
  signUp: 'mutation ($input: SignUpInput!) { signUp(input: $input) { expiresAt } }',
  requestEmailConfirmation: 'mutation ($input: RequestEmailConfirmationInput!) { requestEmailConfirmation(input: $input) { email } }',
  requestPasswordReset: 'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { email } }',
};

/** The token of the link: of what was mailed to an address (enm_), or of an invitation (ens_). */
export const token = () => (/^#en[ms]_/.test(location.hash) ? location.hash.slice(1) : '');

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
 * Asks the server, in the language of the page.
 * @param {string} query
 * @param {Record<string, unknown>} variables
 */
export async function ask(query, variables) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': document.documentElement.lang },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/**
 * Sends a form's mutation, or that of the button, and says what came of it, in the words of the server or of the page.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
async function send(form, button) {
  const { mutation = '', done = '', failed = '' } = { ...form.dataset, ...button?.dataset };
  /** @type {Record<string, unknown>} */
  const input = Object.fromEntries(new FormData(form));
  for (const choice of form.querySelectorAll('input[type="checkbox"][data-choice]')) {
    if (choice instanceof HTMLInputElement) input[choice.name] = choice.checked;
  }
  if (form.closest('.by-link')) input.token = token();
  try {
    const { errors } = await ask(mutations[/** @type {keyof typeof mutations} */ (mutation)], { input });
    return { ok: !errors, said: errors ? errors[0].message : done };
  } catch {
    return { ok: false, said: failed };
  }
}

for (const form of document.querySelectorAll('form')) {
  const status = form.querySelector('[role="status"]');
  const buttons = [...form.querySelectorAll('button')];
  if (!status || buttons.length === 0) continue;
  const disable = (/** @type {boolean} */ off) => buttons.forEach((button) => (button.disabled = off));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (buttons[0]?.disabled) return;
    disable(true);
    status.textContent = '';
    const { ok, said } = await send(form, event.submitter);
    status.textContent = said;
    status.classList.toggle('refused', !ok);
    const isUsedUp = ok && form.closest('.by-link') !== null;
    disable(isUsedUp);
    if (ok) form.reset();
    if (isUsedUp) history.replaceState(null, '', location.pathname);
    if (ok) form.dispatchEvent(new Event('done', { bubbles: true }));
  });
}

addEventListener('hashchange', show);
show();
