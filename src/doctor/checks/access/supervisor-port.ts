import type { SupervisorFacts } from '../../../device/supervisor-probe.ts';
import { accessCheck } from '../../check.ts';
import { ok } from '../../finding.ts';

export const supervisorPort = accessCheck({
  id: 'supervisor-port',
  title: 'supervisor port',
  read: device => device.supervisor(),
  judge: (supervisor: SupervisorFacts | null) =>
    ok(
      supervisor === null
        ? 'nothing answers on 48484: only --runner supervisor needs it'
        : `${supervisor.port.toString()} supervisor ${supervisor.version ?? 'that keeps its version to itself'}`,
    ),
});
