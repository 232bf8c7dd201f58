import path from 'node:path';
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

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const shells = /^(?:.*\/)?(?:ba|da|a|z)?sh$/;

/**
 * Files that what runs is started from: its program, and the script that a shell is given. `command` is in words, or one
 * line for a shell.
 */
export function findProgramFiles(command: readonly string[], workingDirectory: string): string[] {
  const words = command.length === 1 ? (command[0] ?? '').split(/\s+/) : command;
  const [program = ''] = words;
  const script = shells.test(program) ? words.slice(1).find(word => !word.startsWith('-')) : undefined;
  const isLine = words.slice(1).some(word => /^-\w*c$/.test(word));
  return [
    ...(program.includes('/') ? [program] : searchPath.map(it => path.posix.join(it, program))),
    ...(script === undefined || isLine ? [] : [script]),
  ].map(it => path.posix.resolve(workingDirectory, it));
}
