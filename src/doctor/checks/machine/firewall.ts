import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

interface Input {
  /** /etc/ufw/ufw.conf */
  readonly ufw: string | undefined;
  readonly isFirewalldRunning: boolean;
  /** `iptables -S INPUT`; undefined where it could not be asked, as for anybody but root. */
  readonly inputRules: string | undefined;
  /** `nft list chains` */
  readonly nftChains: string | undefined;
}

/** True if the chain of iptables drops what no rule accepts, and none accepts multicast DNS. */
function dropsMdns(rules: string): boolean {
  const lines = rules.split('\n');
  if (!lines.some(line => /^-P INPUT (?:DROP|REJECT)/.test(line))) return false;
  return !lines.some(
    line =>
      line.includes('-j ACCEPT') &&
      (/--dport 5353|224\.0\.0\.(?:0|251)|-A INPUT -j ACCEPT/.test(line) || /-i \S+ -j ACCEPT$/.test(line)) &&
      !line.includes('-i lo '),
  );
}

/** Hints of a firewall that keeps answers of devices from this machine. */
export const firewall = machineCheck({
  id: 'firewall',
  title: 'firewall',
  read: async (machine): Promise<Input> => {
    const isLinux = machine.platform === 'linux';
    const [ufw, isFirewalldRunning, inputRules, nftChains] = await Promise.all([
      machine.readText('/etc/ufw/ufw.conf'),
      machine.exists('/run/firewalld'),
      isLinux ? machine.runProgram('iptables', ['-S', 'INPUT']) : undefined,
      isLinux ? machine.runProgram('nft', ['list', 'chains']) : undefined,
    ]);
    return { ufw, isFirewalldRunning, inputRules, nftChains };
  },
  judge: ({ ufw, isFirewalldRunning, inputRules, nftChains }: Input) => {
    const advice = 'let UDP port 5353 in; without it, name devices by address or use `os scan --subnet CIDR`';
    if (ufw !== undefined && /^ENABLED=yes/m.test(ufw))
      return warning(
        'ufw is enabled; its default drops answers by multicast',
        `${advice} (ufw allow 5353/udp)`,
      );
    if (isFirewalldRunning)
      return warning(
        'firewalld is running; zones without the service mdns drop answers by multicast',
        `${advice} (firewall-cmd --add-service=mdns)`,
      );
    if (inputRules !== undefined && dropsMdns(inputRules))
      return warning('iptables drops what comes in, and no rule accepts multicast DNS', advice);
    const isNftDropping = /hook input[^}]*policy drop/s.test(nftChains ?? '');
    if (inputRules === undefined && isNftDropping)
      return warning('a chain of nftables drops what comes in by default', advice);
    return ok(
      inputRules === undefined && nftChains === undefined
        ? 'neither ufw nor firewalld runs (other rules are shown to root alone)'
        : 'no rule that drops multicast DNS',
    );
  },
});
