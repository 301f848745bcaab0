// docfx calls start() when a page has loaded.
export default {
  start() {
    const box = document.getElementById('search-query')
    if (!box) {
      return
    }

    box.addEventListener('keydown', event => {
      if (event.key === 'Enter' && box.value.trim()) {
        openFirst(box.value)
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

// Opens what is found first. What the page shows may still be the answer to fewer letters, so it is asked for once more.
function openFirst(query) {
  const root = document.querySelector('meta[name="docfx:rel"]').content
  const worker = new Worker(`${root}public/search-worker.min.js`, { type: 'module' })
  worker.onmessage = ({ data }) => {
    worker.terminate()
    if (data.d.length > 0) {
      location.href = root + data.d[0].href
    }
  }
  worker.postMessage({ q: query })
}
