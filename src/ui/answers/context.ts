import type { ContextResult, RemovedContexts } from '../../docker-context/context-result.ts';
import type { Rendered } from './rendered.ts';

/** Renders the line for the shell to run, and remarks. */
export function renderContext({ name, host, file, isUsed, lines }: ContextResult): Rendered {
  const text = lines.map(line => `${line}\n`).join('');
  if (file === null) return { text, notes: [] };
  const next = isUsed ? `docker uses it now` : `use it: docker --context ${name} ps`;
  return {
    text: `${name} leads to ${host}; ${next}\n`,
    notes: lines.map(line => `for this shell, first: ${line}`),
  };
}

export const renderRemovedContexts = ({ contexts }: RemovedContexts): string =>
  contexts.length === 0 ? 'there is no such context\n' : contexts.map(name => `removed ${name}\n`).join('');
