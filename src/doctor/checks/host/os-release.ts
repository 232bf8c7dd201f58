import { osVersionOf, parseOsRelease } from '../../../core/os-release.ts';
import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

/**
 * The OS has no published dates of end of life, so this tells its age: 2.85.0 is of 2021-09-15 (CHANGELOG of meta-balena), and
 * brought development mode.
 */
const [lastMajor, lastMinor] = [2, 85];

export const osRelease = hostCheck({
  id: 'os-release',
  title: 'OS release',
  question: 'cat /etc/os-release',
  judge: answer => {
    const release = parseOsRelease(answer);
    const version = osVersionOf(release);
    const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version ?? '') ?? [];
    if (version === undefined || major === undefined) return unknown('its os-release names no version');
    const name = release['PRETTY_NAME'] ?? version;
    const isOld = Number(major) < lastMajor || (Number(major) === lastMajor && Number(minor) < lastMinor);
    return isOld
      ? warning(
          `${name} is from before September 2021 (2.85.0): later releases have fixes that it lacks`,
          'update it (`os update DEVICE FILE`), or flash a newer image',
        )
      : ok(name);
  },
});
