import type { Effect } from './decision.ts';

/** Programs that see for themselves that their files changed, and load them again. */
const reloaders = [
  /^nodemon$/,
  /^(ts-node-dev|tsx watch|bun --(watch|hot))/,
  /\bnode\b.* --watch/,
  /\b(--reload|--debug|--watch|--hot|--livereload)\b/,
  /\b(vite|nodemon|watchexec|entr|air|reflex|cargo watch|webpack serve|webpack-dev-server|next dev|nuxt dev|ng serve)\b/,
  /\bmanage\.py runserver\b(?!.*--noreload)/,
];

/** Whether what `command` runs has to be started again for a changed file to take effect. */
export function findEffect(command: readonly string[]): Effect {
  const line = command.join(' ');
  return reloaders.some(it => it.test(line)) ? 'none' : 'restart';
}
