import { sanitizeLine } from '../core/sanitize.ts';
import type { RunningService } from '../release/project-services.ts';
import type { Output } from './output.ts';
import { renderTable } from './table.ts';

function renderPorts({ ports }: RunningService): string {
  const texts = ports.map(({ publicPort, privatePort, protocol }) =>
    publicPort === null
      ? `${privatePort.toString()}/${protocol}`
      : `${publicPort.toString()}→${privatePort.toString()}/${protocol}`,
  );
  return [...new Set(texts)].join(', ');
}

/** A table of services; the project's name only where there are several. */
export function renderServices(services: readonly RunningService[], output: Output): string {
  const isMany = new Set(services.map(({ project }) => project)).size > 1;
  const header = ['SERVICE', 'STATUS', 'PORTS', 'IMAGE', 'CONTAINER'];
  const rows = services.map(it => [
    ...(isMany ? [sanitizeLine(it.project)] : []),
    ...[it.service, it.status || it.state, renderPorts(it), it.image, it.container].map(sanitizeLine),
  ]);
  const all = [isMany ? ['PROJECT', ...header] : header, ...rows];
  const width = output.mode === 'tty' ? output.columns() : Infinity;
  return renderTable(all, width)
    .map((line, i) => `${i === 0 ? output.styleAnswer('bold', line) : line}\n`)
    .join('');
}
