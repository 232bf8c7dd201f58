import { accessCheck } from '../../check.ts';
import type { EngineAnswer } from '../../device-answers.ts';
import { ok, unknown, warning } from '../../finding.ts';

/**
 * balenaEngine has the versions of the Docker engine that it is made of. Up to 20.10 these are dates, year and month (Docker's
 * release notes); its current line is 20.10 (CHANGELOG of balena-engine), so only older ones are behind. Its maker publishes no
 * dates of end of life, and those of Docker are not its own.
 */
const current = [20, 10] as const;

export const engineRelease = accessCheck({
  id: 'engine-release',
  title: 'engine release',
  read: async device => (await device.engines()).find(({ facts }) => facts !== null),
  judge: (engine: EngineAnswer | undefined) => {
    const version = engine?.facts?.version;
    if (version == null) return unknown('its engine does not answer over TCP');
    const [year, month] = version.split('.').map(Number);
    if (year === undefined || month === undefined || !Number.isFinite(year)) return ok(version);
    if (year > current[0] || (year === current[0] && month >= current[1])) return ok(version);
    const line = year < 17 ? 'before 2017' : `20${year.toString()}`;
    return warning(
      `${version}: a line of ${line}; the current one is ${current.join('.')}`,
      'a newer OS brings a newer engine',
    );
  },
});
