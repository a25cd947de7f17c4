/** Makes a function that runs `what` with the next frame, once however often it is asked to until then. */
export function withNextFrame(what) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      what();
    });
  };
}
