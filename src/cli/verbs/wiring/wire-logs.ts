import type { ReportLog } from '../../../logs/log-source.ts';
import type { ServiceColumn } from '../../../ui/service-column.ts';
import type { LogsDependencies } from '../project/logs.ts';
import { openHost } from './open-host.ts';
import { wireProject, type Surroundings } from './wire-project.ts';

/** For `os logs`, whose lines go to `report`. */
export function wireLogs(
  surroundings: Surroundings,
  { report, column }: { readonly report: ReportLog; readonly column: ServiceColumn },
): LogsDependencies {
  return {
    ...wireProject(surroundings),
    report,
    awaitReader: surroundings.output.awaitReader,
    expectServices: services => column.expect(services),
    openHost: request => openHost(request, surroundings),
  };
}
