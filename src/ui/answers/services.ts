import { sanitizeLine } from '../../core/sanitize.ts';
import type { RunningService } from '../../release/running/project-services.ts';
import type { Output } from '../output.ts';
import { renderTable, type Rendered } from './rendered.ts';

function renderPorts({ ports }: RunningService): string {
  const texts = ports.map(({ publicPort, privatePort, protocol }) =>
    publicPort === null
      ? `${privatePort.toString()}/${protocol}`
      : `${publicPort.toString()}→${privatePort.toString()}/${protocol}`,
  );
  return [...new Set(texts)].join(', ');
}

/** A table of services, with the project's name if there are several projects. */
export function renderServices(services: readonly RunningService[], output: Output): Rendered {
  const isMany = new Set(services.map(({ project }) => project)).size > 1;
  const header = ['SERVICE', 'STATUS', 'PORTS', 'IMAGE', 'CONTAINER'];
  const rows = services.map(it => [
    ...(isMany ? [sanitizeLine(it.project)] : []),
    ...[it.service, it.status || it.state, renderPorts(it), it.image, it.container].map(sanitizeLine),
  ]);
  return renderTable(isMany ? ['PROJECT', ...header] : header, rows, output);
}
