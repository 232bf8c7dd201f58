import type { Effect } from './decision.ts';

/** Programs that see for themselves that their files changed and load them again, or that read them whenever they are asked for. */
const reloaders = [
  /(^|[\s/])(httpd\s+-f|http-server|static-web-server|python3?\s+-m\s+http\.server)(\s|$)/,
  /(^|[\s/])(nodemon|ts-node-dev|vite|watchexec|entr|air|reflex|webpack-dev-server)(\s|$)/,
  /(^|\s)(tsx watch|cargo watch|webpack serve|next dev|nuxt dev|ng serve)(\s|$)/,
  /(^|\s)--(reload|debug|watch|hot|livereload)(\s|=|$)/,
  /\bmanage\.py runserver\b(?!.*--noreload)/,
];

/** Whether what `command` runs has to be started again for a changed file to take effect. */
export function findEffect(command: readonly string[]): Effect {
  const line = command.join(' ');
  return reloaders.some(it => it.test(line)) ? 'none' : 'restart';
}
