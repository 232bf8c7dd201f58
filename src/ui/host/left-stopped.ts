import { sanitizeLine } from '../../core/sanitize.ts';

/** For a restart of the engine. `names`: of containers, at least one; `device`: what a person calls it. */
export const describeLeftStopped = (names: readonly string[], device: string): string =>
  `stopped by the restart of the engine, as they have no \`restart\`: ${names.map(sanitizeLine).join(', ')}; start them by os start ${device} --project NAME`;
