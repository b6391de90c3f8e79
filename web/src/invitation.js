// The page of an invitation to an organization: who asks, and what to answer. Who is not signed in does that first; meanwhile
// the token stays in the address of the page, after the "#", and in this tab while they are at a provider.
import { ask, token } from './account.js';

const kept = 'invitation';
const query = `query ($token: String!) {
  invitation(token: $token) { role organization { name } inviter { name } }
  viewer { isConfirmed owesTerms user { name } }
  termsOfUse { version url }
  signInProviders { label startUrl }
}`;

/** @param {string} name */
const part = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-part="${name}"]`));

/**
 * Shows the parts with these names, and no others.
 * @param {string[]} names
 */
function only(...names) {
  for (const element of document.querySelectorAll('[data-part]')) {
    element.toggleAttribute('hidden', !names.includes(element.getAttribute('data-part') ?? ''));
  }
}

/**
 * Writes values into the places of a sentence of the page, which are in braces.
 * @param {HTMLElement} element
 * @param {Record<string, string>} values
 */
function tell(element, values) {
  element.textContent = (element.dataset.says ?? '').replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** Has links lead to the terms of use, and forms accept this version of them. @param {{version: string, url: string} | null} terms */
function require(terms) {
  for (const link of document.querySelectorAll('a.terms')) link.setAttribute('href', terms?.url ?? '#');
  for (const input of document.querySelectorAll('input.terms')) {
    input.setAttribute('value', terms?.version ?? '');
    input.toggleAttribute('disabled', !terms);
  }
}

/** Has the providers to sign in with, each as a link that comes back here. @param {{label: string, startUrl: string}[]} all */
function offer(all) {
  const list = part('providers');
  list.replaceChildren(...all.map(({ label, startUrl }) => {
    const link = document.createElement('a');
    link.href = `${startUrl}?return=${encodeURIComponent(location.pathname)}`;
    link.className = 'button';
    link.addEventListener('click', () => sessionStorage.setItem(kept, token()));
    link.textContent = (list.dataset.says ?? '').replace('{provider}', label);
    const item = document.createElement('li');
    item.append(link);
    return item;
  }));
}

async function load() {
  const back = sessionStorage.getItem(kept);
  if (token() === '' && back) history.replaceState(null, '', `#${back}`);
  if (token() === '') return only('no-link');
  let data;
  try {
    ({ data } = await ask(query, { token: token() }));
  } catch {
    return only('unreachable');
  }
  if (!data) return only('unreachable');
  sessionStorage.removeItem(kept);
  const { invitation, viewer, signInProviders, termsOfUse } = data;
  if (!invitation) return only('gone');
  const role = part('who').dataset[invitation.role.toLowerCase()] ?? '';
  tell(part('who'), { inviter: invitation.inviter.name, organization: invitation.organization.name, role });
  if (viewer) tell(part('signed-in'), { name: viewer.user.name });
  offer(signInProviders);
  require(termsOfUse);
  if (viewer?.isConfirmed && viewer.owesTerms) return only('who', 'answer', 'signed-in', 'owes', 'decline');
  if (viewer?.isConfirmed) return only('who', 'answer', 'signed-in', 'accept', 'decline');
  if (viewer) return only('who', 'answer', 'signed-in', 'unconfirmed', 'decline');
  return only('who', 'answer', 'decline', 'sign-in', ...(signInProviders.length > 0 ? ['providers'] : []), ...(termsOfUse ? ['terms'] : []));
}

addEventListener('hashchange', () => token() !== '' && load());
addEventListener('done', () => (token() === '' ? only('who', 'answer') : load()));
load();
