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

/** A table of services, with the project's name if there are several projects. A remark says if there are none. */
export function renderServices(
  { project, services }: { readonly project: string | null; readonly services: readonly RunningService[] },
  output: Output,
): Rendered {
  const isMany = new Set(services.map(({ project }) => project)).size > 1;
  const header = ['SERVICE', 'STATUS', 'PORTS', 'IMAGE', 'CONTAINER'];
  const rows = services.map(it => [
    ...(isMany ? [sanitizeLine(it.project)] : []),
    ...[it.service, it.status || it.state, renderPorts(it), it.image, it.container].map(sanitizeLine),
  ]);
  const { text, notes } = renderTable(isMany ? ['PROJECT', ...header] : header, rows, output);
  if (services.length > 0) return { text, notes };
  const remark =
    project === null
      ? 'the device has no services'
      : `the project ${sanitizeLine(project)} has no services on the device; \`os ps --all\` lists those of other projects`;
  return { text, notes: [...notes, remark] };
}
