import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

interface Input {
  readonly platform: NodeJS.Platform;
  /** /proc/version */
  readonly kernel: string | undefined;
  readonly isContainer: boolean;
}

/** Kinds of machines whose network has no multicast from outside. */
export const surroundings = machineCheck({
  id: 'surroundings',
  title: 'kind of machine',
  read: async (machine): Promise<Input> => {
    const [kernel, docker, podman] = await Promise.all([
      machine.readText('/proc/version'),
      machine.exists('/.dockerenv'),
      machine.exists('/run/.containerenv'),
    ]);
    return { platform: machine.platform, kernel, isContainer: docker || podman };
  },
  judge: ({ platform, kernel, isContainer }: Input) => {
    const advice = 'find devices with `os scan --subnet CIDR`, or name them by their address';
    if (/microsoft/i.test(kernel ?? ''))
      return warning('WSL: its network gets no multicast unless it is mirrored', advice);
    if (isContainer) return warning('a container: multicast reaches it with --network host alone', advice);
    return ok(platform);
  },
});
