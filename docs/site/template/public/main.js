// docfx calls start() when a page has loaded.
export default {
  start() {
    const box = document.getElementById('search-query')
    if (!box) {
      return
    }

    // Enter opens what was found first.
    box.addEventListener('keydown', event => {
      const first = document.querySelector('#search-results .item-title a')
      if (event.key === 'Enter' && first) {
        location.href = first.href
      }
    })

    // search.html?q=0x681E searches for what the address asks, once docfx lets the box be used.
    const asked = new URLSearchParams(location.search).get('q')
    if (asked && /\/search(\.html)?$/.test(location.pathname)) {
      new MutationObserver((_, observer) => {
        observer.disconnect()
        box.value = asked
        box.dispatchEvent(new Event('input'))
      }).observe(box, { attributeFilter: ['disabled'] })
    }
  }
}
