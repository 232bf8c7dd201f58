import { formatDuration } from '../../../core/units.ts';
import { accessCheck } from '../../check.ts';
import type { EngineAnswer } from '../../device-answers.ts';
import { ok, unknown, warning } from '../../finding.ts';

/** A healthy engine on the slowest board tells its version in less. */
const slowMs = 1500;

export const engineSpeed = accessCheck({
  id: 'engine-speed',
  title: 'engine answers',
  read: device => device.engines(),
  judge: (engines: readonly EngineAnswer[]) => {
    const open = engines.find(({ facts }) => facts !== null);
    if (open === undefined) return unknown('its engine does not answer over TCP');
    const evidence = `in ${formatDuration(open.tookMs)}`;
    return open.tookMs < slowMs
      ? ok(evidence)
      : warning(
          `${evidence}: it is overloaded, or its storage is slow`,
          'see `os top DEVICE`, and the kernel log below',
        );
  },
});
