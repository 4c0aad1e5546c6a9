// When the steps of a replay follow each other. Pure.

export const speeds = [0.5, 1, 2, 4];
/** At speed 1 a step stays for as long as it really took, but nobody waits longer than this, nor sees less (ms). */
export const shortest = 400;
export const longest = 3000;

/** For each step how long it stays, in ms at speed 1; the last one stays for the longest. */
export function stays(steps) {
  const at = steps.map((step) => Date.parse(step.at));
  return steps.map((_, i) => {
    const gap = i + 1 < at.length ? at[i + 1] - at[i] : longest;
    return Number.isFinite(gap) ? Math.min(Math.max(gap, shortest), longest) : shortest;
  });
}

/** Whole seconds from the step until then; negative after it; null when a time cannot be read. */
export function secondsBefore(step, then) {
  const gap = Date.parse(then) - Date.parse(step.at);
  return Number.isFinite(gap) ? Math.round(gap / 1000) : null;
}

/** "0:07", "1:02:33". */
export function span(seconds) {
  const whole = Math.abs(Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** The next speed up (+1) or down (-1); the last one stays. */
export function otherSpeed(speed, by) {
  return speeds[Math.min(Math.max(speeds.indexOf(speed) + by, 0), speeds.length - 1)] ?? 1;
}
