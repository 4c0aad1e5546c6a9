// When the buttons can be pressed. What has just appeared can be pressed only after a moment, so that no click meant for something
// else hits it; what is to be signed can be signed only when its end was on the screen, too. They are never "disabled", which would
// take the focus from whoever uses the keyboard, and hide them: "aria-disabled" says the same, and pressing does nothing.

const settle = 700; // ms

/** `changed()` is called when what can be pressed may be another. */
export function makeGate(changed) {
  let seen = false; // the end was on the screen
  let open = false;
  let timer = 0;
  const observer = new IntersectionObserver((entries) => {
    if (seen || !entries.some((one) => one.isIntersecting)) return;
    seen = true;
    wait(); // what came into view together with it is pressed a moment later, too
  });

  function wait() {
    open = false;
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(() => {
      open = true;
      changed();
    }, settle);
    changed();
  }

  // The time runs only while somebody can see the page.
  document.addEventListener("visibilitychange", wait);
  return {
    /** Something is shown anew; with `end`, a node behind its last line, it is something else than before. */
    shown(end) {
      if (end !== undefined) {
        seen = false;
        observer.disconnect();
        if (end) observer.observe(end);
      }
      wait();
    },
    get open() { return open; },
    get seen() { return seen; },
  };
}
