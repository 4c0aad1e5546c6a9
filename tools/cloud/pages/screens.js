// Where the monitors and the click are in a picture of the whole desktop. Pure; every number comes from a stranger.

/** How the desktop's coordinates become the picture's: a shift and a scale. */
function mapping(picture, monitors) {
  if (monitors.length === 0) return { x: 0, y: 0, scale: 1 };
  const left = Math.min(0, ...monitors.map((one) => one.x));
  const top = Math.min(0, ...monitors.map((one) => one.y));
  const across = picture.width / (Math.max(...monitors.map((one) => one.x + one.width)) - left);
  const down = picture.height / (Math.max(...monitors.map((one) => one.y + one.height)) - top);
  // A picture that was made smaller keeps its shape; any other that does not fit is not of all monitors.
  const smaller = across < 1 && Math.abs(across - down) < 0.01;
  return { x: -left, y: -top, scale: smaller ? across : 1 };
}

/** Each monitor that is in the picture, cut to it, in the picture's pixels; none when the picture is something else. */
export function screensIn(picture, monitors) {
  const map = mapping(picture, monitors);
  return monitors.flatMap((one, index) => {
    const x = Math.max(Math.round((one.x + map.x) * map.scale), 0);
    const y = Math.max(Math.round((one.y + map.y) * map.scale), 0);
    const width = Math.min(Math.round((one.x + map.x + one.width) * map.scale), picture.width) - x;
    const height = Math.min(Math.round((one.y + map.y + one.height) * map.scale), picture.height) - y;
    return width > 0 && height > 0 ? [{ index, name: one.name, x, y, width, height }] : [];
  });
}

/** Where the step's pointer was, in the picture's pixels; null outside. x and y count from the desktop's top left corner. */
export function pointIn(picture, monitors, step) {
  const { scale } = mapping(picture, monitors);
  const point = { x: step.x * scale, y: step.y * scale };
  return point.x >= 0 && point.y >= 0 && point.x < picture.width && point.y < picture.height ? point : null;
}

/** The screen that holds the point, or null. */
export function screenAt(screens, point) {
  if (!point) return null;
  return screens.find((one) => point.x >= one.x && point.y >= one.y && point.x < one.x + one.width && point.y < one.y + one.height) ?? null;
}

/** The point as shares (0 to 1) of a cut-out; null when it is not in there. */
export function shareOf(point, cut) {
  if (!point) return null;
  const [x, y] = [(point.x - cut.x) / cut.width, (point.y - cut.y) / cut.height];
  return x >= 0 && y >= 0 && x < 1 && y < 1 ? { x, y } : null;
}
