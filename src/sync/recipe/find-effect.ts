import path from 'node:path';
import type { Effect } from '../decide/decision.ts';

/** Programs that reload changed files by themselves, or read them at every request. */
const reloaders = [
  /(^|[\s/])(httpd\s+-f|http-server|static-web-server|python3?\s+-m\s+http\.server)(\s|$)/,
  /(^|[\s/])(nodemon|ts-node-dev|vite|watchexec|entr|air|reflex|webpack-dev-server)(\s|$)/,
  /(^|\s)(tsx watch|cargo watch|webpack serve|next dev|nuxt dev|ng serve)(\s|$)/,
  /(^|\s)--(reload|debug|watch|hot|livereload)(\s|=|$)/,
  /\bmanage\.py runserver\b(?!.*--noreload)/,
];

/** Returns whether the program of `command` has to be restarted for a changed file to take effect. */
export function findEffect(command: readonly string[]): Effect {
  const line = command.join(' ');
  return reloaders.some(it => it.test(line)) ? 'none' : 'restart';
}

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const shells = /^(?:.*\/)?(?:ba|da|a|z)?sh$/;

/**
 * Returns the files that a command starts from: its program, and the script that a shell is given. `command` is words, or
 * one line for a shell.
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
