import { shellQuote } from '../core/shell-quote.ts';

export type Shell = 'posix' | 'fish' | 'powershell';

/** The user's shell: by `$SHELL`, and PowerShell on Windows. */
export function shellOf(
  platform: NodeJS.Platform,
  environment: Readonly<Partial<Record<string, string>>>,
): Shell {
  const shell = environment['SHELL'] ?? '';
  if (/\bfish$/.test(shell)) return 'fish';
  return platform === 'win32' && shell === '' ? 'powershell' : 'posix';
}

/** The line that sets a variable for what runs next. */
export function exportLine(shell: Shell, name: string, value: string): string {
  if (shell === 'fish') return `set -gx ${name} ${shellQuote(value)}`;
  if (shell === 'powershell') return `$Env:${name} = '${value.replaceAll("'", "''")}'`;
  return `export ${name}=${shellQuote(value)}`;
}

/** The line that removes variables. */
export function unsetLine(shell: Shell, names: readonly string[]): string {
  if (shell === 'fish') return `set -e ${names.join(' ')}`;
  if (shell === 'powershell') return `Remove-Item ${names.map(name => `Env:${name}`).join(',')}`;
  return `unset ${names.join(' ')}`;
}
