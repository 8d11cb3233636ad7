// What a screen must keep besides axe's rules; every function returns a list of sentences, empty when all is well.
() => {
  const TARGETS = 'button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab]';
  const name = (element) => {
    const words = (element.getAttribute('aria-label') ?? element.textContent).trim().replace(/\s+/g, ' ');
    return `<${element.localName} class="${element.getAttribute('class') ?? ''}"> ${words.slice(0, 40)}`;
  };
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]');
  const readOut = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width <= 1 || height <= 1;
  };

  function axe() {
    return window.axe
      .run(document, {
        resultTypes: ['violations'],
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']
      })
      .then(({ violations }) =>
        violations.flatMap(({ id, nodes }) =>
          nodes.map(({ html, any, all, none }) => `${id}: ${html.slice(0, 240)} ${[...any, ...all, ...none][0]?.message}`)
        )
      );
  }

  /** WCAG 2.5.5: 44 px for what stands by itself, 2.5.8: 24 px for a link in a sentence. A label carries its box. */
  function targets() {
    const root = document.querySelector('dialog[open]') ?? document.querySelector('main') ?? document.body;
    return [...root.querySelectorAll(TARGETS)].filter(seen).flatMap((element) => {
      const inline = getComputedStyle(element).display === 'inline';
      const label = /^(checkbox|radio|file)$/.test(element.type) ? element.labels?.[0] : undefined;
      if (readOut(element) && !label) return [];
      const { width, height } = (label ?? element).getBoundingClientRect();
      const least = inline ? 24 : 44;
      const small = height < least - 0.5 || width < least - 0.5;
      return small ? [`${Math.round(width)} × ${Math.round(height)} px: ${name(element)}`] : [];
    });
  }

  /** Nothing beyond the edge that the person could not scroll to, and no text wider than its box. */
  function overflow() {
    const { scrollWidth, clientWidth } = document.documentElement;
    const found = scrollWidth > clientWidth ? [`the page is ${scrollWidth} of ${clientWidth} px wide`] : [];
    const clipped = (element) => {
      for (let each = element; each && each !== document.body; each = each.parentElement)
        if (getComputedStyle(each).overflowX !== 'visible') return true;
      return false;
    };
    const root = document.querySelector('dialog[open]') ?? document.body;
    for (const element of root.querySelectorAll('*')) {
      if (!(element instanceof HTMLElement) || !seen(element) || readOut(element) || clipped(element)) continue;
      const { left, right } = element.getBoundingClientRect();
      if (left < -1 || right > clientWidth + 1) found.push(`beyond the edge: ${name(element)}`);
      const inside = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
      if (inside && getComputedStyle(element).display !== 'inline' && !element.children.length)
        found.push(`wider than its box: ${name(element)}`);
    }
    return found;
  }

  function headings() {
    const count = [...document.querySelectorAll('h1')].filter((each) => each.checkVisibility()).length;
    return count === 1 ? [] : [`${count} h1`];
  }

  window.inspection = { axe, targets, overflow, headings };
}
