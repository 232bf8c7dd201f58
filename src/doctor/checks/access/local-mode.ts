import { jsonOf, textAt } from '../../../net/json-fields.ts';
import type { ModeFinding, SupervisorEvidence } from '../../../supervisor/mode/supervisor-mode.ts';
import { ok, unknown, warning, type Finding } from '../../finding.ts';
import { accessCheck } from '../../check.ts';

type HostEvidence = Pick<SupervisorEvidence, 'isManaged' | 'container'>;

const question = `cat /mnt/boot/config.json; echo; echo units;
for u in balena-supervisor resin-supervisor; do systemctl show -p LoadState -p ActiveState $u | tr '\\n' ' '; echo; done`;

/** Asks the host about the supervisor: config.json, and the state of its unit. */
export function parseEvidence(answer: string): HostEvidence {
  const [config = '', units = ''] = answer.split('\nunits\n');
  const settings = jsonOf(config);
  const states = units.split('\n').filter(line => line.includes('LoadState=loaded'));
  const state = /ActiveState=(\w+)/.exec(states[0] ?? '')?.[1];
  return {
    isManaged: settings === undefined ? undefined : (textAt(settings, 'apiEndpoint') ?? '') !== '',
    container:
      state === undefined
        ? 'absent'
        : state === 'active'
          ? 'running'
          : state === 'activating'
            ? 'restarting'
            : 'stopped',
  };
}

/** Checks which runner the device's services have. */
export const localMode = accessCheck({
  id: 'local-mode',
  title: 'local mode',
  question,
  // Without SSH the supervisor's own answers may do.
  read: async (device, { answer }) =>
    device.supervisorMode(await answer().then(parseEvidence, (): HostEvidence => ({}))),
  judge({ mode, unknown: open }: ModeFinding): Finding {
    switch (mode) {
      case undefined:
        return unknown(`cannot tell without ${open.join(' and ')}`);
      case 'none':
        return ok('no supervisor: the engine alone runs services');
      case 'unmanaged':
      case 'local-mode':
        return ok(mode === 'unmanaged' ? 'unmanaged, local mode on' : 'on');
      case 'down':
        return warning(
          'the supervisor is installed and does not run',
          'see why: os services DEVICE supervisor --logs',
        );
      case 'local-mode-off':
        return warning(
          "off: the cloud's release runs beside yours, and may hold its ports",
          'turn local mode on in the dashboard of its cloud',
        );
      case 'local-mode-left':
        return warning(
          'an unmanaged device that has left local mode: its supervisor takes no target state',
          'its start turns it on again: os services DEVICE supervisor --restart',
        );
    }
  },
});
