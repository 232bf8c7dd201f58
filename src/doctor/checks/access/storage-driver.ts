import { accessCheck } from '../../check.ts';
import type { EngineAnswer } from '../../device-answers.ts';
import { ok, unknown, warning } from '../../finding.ts';

/** Drivers that copy whole files or images, or that engines have given up. */
const poor: Readonly<Record<string, string>> = {
  vfs: 'copies the whole image for each container',
  devicemapper: 'engines have given it up',
  overlay: 'engines have given it up; overlay2 followed it',
  'fuse-overlayfs': 'passes each access to a file through a program',
};

export const storageDriver = accessCheck({
  id: 'storage-driver',
  title: 'storage driver',
  read: async device => (await device.engines()).find(({ facts }) => facts !== null),
  judge: (engine: EngineAnswer | undefined) => {
    const driver = engine?.facts?.storageDriver;
    if (driver == null) return unknown('its engine does not answer over TCP');
    const why = poor[driver];
    return why === undefined
      ? ok(driver)
      : warning(`${driver}: ${why}`, 'a newer OS uses overlay2; builds are slow until then');
  },
});
