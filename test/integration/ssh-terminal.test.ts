import assert from 'node:assert/strict';
import { useOpenSshServer, type OpenSshServer } from '../support/openssh-server.ts';
import { cleanEnvironment, osSsh, runOsSsh } from '../support/os-ssh.ts';
import { lineOf, openTerminal, type TestTerminal } from '../support/terminal.ts';

describe('os ssh on a terminal', function () {
  this.timeout(60_000);
  let server: OpenSshServer;
  let env: NodeJS.ProcessEnv;

  useOpenSshServer(
    () => ({ isPasswordless: true }),
    async opened => {
      server = opened;
      env = { ...cleanEnvironment(server.directory), TERM: 'xterm-256color' };
      await runOsSsh([`127.0.0.1:${server.port.toString()}`, '--', 'true'], { env });
    },
  );

  /** A terminal with a shell on the device; then with what became of the terminal's own settings. */
  async function openShell(...options: string[]): Promise<TestTerminal> {
    const words = lineOf([...osSsh, `127.0.0.1:${server.port.toString()}`, ...options]);
    const settings = 'stty -a | grep -v speed | cksum';
    return openTerminal(
      `before=$(${settings}); ${lineOf(['sh', '-c', `echo os=$$; exec ${words}`])}; echo "status=$?"; ` +
        `test "$before" = "$(${settings})" && echo restored`,
      env,
    );
  }

  async function openReadyShell(): Promise<TestTerminal> {
    const terminal = await openShell();
    terminal.type('PS1=\'device\'; PS1="$PS1> "\r');
    await terminal.until(/device> $/);
    return terminal;
  }

  it('tells the device the kind and size of the terminal, and every new size', async () => {
    await using terminal = await openReadyShell();
    terminal.type('echo "$TERM $(stty size)"\r');
    await terminal.until(/\nxterm-256color 30 100\r\n/);
    terminal.resize(123, 45);
    terminal.type("trap 'echo now $(stty size)' WINCH; stty size\r");
    await terminal.until(/\n(now )?45 123\r\n/);
    terminal.type('exit\r');
    await terminal.until(/status=0\r\nrestored/);
  });

  it('hands Ctrl-C and Ctrl-Z to the device', async () => {
    await using terminal = await openReadyShell();
    // Before the program runs, Ctrl-C would find the shell alone, which ignores it.
    terminal.type("sh -c 'echo slee''ping; exec sleep 60'\r");
    await terminal.until(/\nsleeping\r\n/);
    terminal.type('\x03');
    await terminal.until(/\^C\r\n.*device> $/s);
    terminal.type('cat\r');
    await terminal.until(/cat\r\n/);
    terminal.type('\x1a');
    await terminal.until(/Stopped/);
    terminal.type('fg\r');
    await terminal.until(/fg\r\ncat\r\n/);
    terminal.type('\x04');
    await terminal.until(/fg\r\ncat\r\n.*device> $/s);
    terminal.type('exit 7\r');
    await terminal.until(/status=7\r\nrestored/);
  });

  it('prints what full-screen programs send as it is', async () => {
    await using terminal = await openReadyShell();
    terminal.type("stty -opost; printf '<a\\nb>'; stty opost\r");
    assert.ok((await terminal.until(/<a\r?\nb>/))[0] === '<a\nb>', 'a bare newline stays bare');
  });

  it('restores the terminal and says so when the connection is lost', async () => {
    await using terminal = await openReadyShell();
    server.killConnections();
    await terminal.until(/connection to 127\.0\.0\.1 port \d+ is lost[^]*status=10\r\nrestored/);
  });

  it('restores the terminal when it is terminated', async () => {
    await using terminal = await openReadyShell();
    const [, pid = ''] = await terminal.until(/os=(\d+)/);
    process.kill(Number(pid), 'SIGTERM');
    await terminal.until(/status=143\r\nrestored/);
  });

  it('hangs up on ~. at the start of a line', async () => {
    await using terminal = await openReadyShell();
    // Before the program runs, Ctrl-C would find the shell alone, which ignores it.
    terminal.type("sh -c 'echo slee''ping; exec sleep 60'\r");
    await terminal.until(/\nsleeping\r\n/);
    terminal.type('~.');
    await terminal.until(/status=130\r\nrestored/);
  });
});
