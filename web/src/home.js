// Older mails link to /#commitment_…: such a link leads on to the page of what it names.
if (/^#[a-z]+_[0-9a-v]{26}$/.test(location.hash)) location.replace(`/n/${location.hash.slice(1)}`);

// The copy buttons of the home page. Without this script, or where the browser keeps the clipboard closed, there are none.

const words = document.documentElement.lang === 'fr' ? { copy: 'Copier', copied: 'Copié' } : { copy: 'Copy', copied: 'Copied' };

if (navigator.clipboard) {
  for (const example of document.querySelectorAll('section > pre')) {
    const button = document.createElement('button');
    button.id = `copy-${example.getAttribute('aria-labelledby')?.replaceAll(' ', '-')}`;
    button.type = 'button';
    button.textContent = words.copy;
    // Says what it copies: "Copy One commitment". The status is read out when it changes.
    button.setAttribute('aria-labelledby', `${button.id} ${example.getAttribute('aria-labelledby')}`);
    const status = document.createElement('span');
    status.role = 'status';

    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(example.textContent ?? '');
      status.textContent = words.copied;
      setTimeout(() => (status.textContent = ''), 2000);
    });
    const bar = document.createElement('p');
    bar.className = 'copy';
    bar.append(status, button);
    example.after(bar);
  }
}
