import type { EmulatedDevice } from './emulated-device.ts';

/**
 * Gives the device's engine a disk of its own that is small, with nothing on it but busybox, until disposed. What it has
 * run before must be gone.
 */
export async function openSmallDisk(
  device: EmulatedDevice,
  megabytes: number,
): Promise<AsyncDisposable & { readonly leaveFree: (megabytes: number) => Promise<void> }> {
  const ssh = async (...lines: string[]): Promise<void> => {
    const { code, stderr } = await device.ssh(['set -e', ...lines].join('\n'));
    if (code !== 0) throw new Error(stderr);
  };
  await ssh(
    'systemctl stop balena',
    `mount -t tmpfs -o size=${megabytes.toString()}m,mode=710 tmpfs /var/lib/docker`,
    'systemctl start balena',
    'docker load --quiet --input /usr/share/os/busybox.tar',
  );
  return {
    /** Fills the rest with a file. */
    leaveFree: free =>
      ssh(
        'cd /var/lib/docker; rm -f ballast',
        "available=$(df -kP . | awk 'END { print $4 }')",
        `head -c $((available * 1024 - ${free.toString()} * 1000000)) /dev/zero > ballast`,
      ),
    async [Symbol.asyncDispose]() {
      await ssh(
        'docker ps --all --quiet | xargs -r docker rm --force',
        'systemctl stop balena',
        'umount --lazy /var/lib/docker',
        'systemctl start balena',
      );
    },
  };
}
