import assert from 'node:assert/strict';
import { checkVpnProfile } from '../../../../src/host/vpn/vpn-profile.ts';

const check = (text: string): void => {
  checkVpnProfile(Buffer.from(text));
};

describe('a profile of OpenVPN', () => {
  it('is accepted with its files in it', () => {
    check('client\ndev tun\nremote vpn.example 1194\n# ca of.no.account\n<ca>\n-----BEGIN\ndaemon\n</ca>\n');
    check('dev null\r\nsecret [inline]\r\n<secret>\r\nx\r\n</secret>\r\n');
    check('dev tun\nauth-user-pass\n');
  });

  it('is refused where it names files of this machine, is cut off, or is none', () => {
    for (const [text, pattern] of [
      ['client\nremote a 1\nca ca.crt\n', /line 3 names a file: ca ca\.crt/],
      ['dev tun\nauth-user-pass secret.txt\n', /line 2 names a file/],
      ['dev tun\ndaemon\n', /`daemon`/],
      ['dev tun\n<ca>\nx\n', /<ca> is not closed/],
      ['{"a": 1}', /neither `dev` nor `remote`/],
      ['dev tun\n\0', /not text/],
    ] as const)
      assert.throws(
        () => {
          check(text);
        },
        { code: 'config-invalid', message: pattern },
      );
    assert.throws(() => {
      checkVpnProfile(Buffer.from([0x64, 0xff, 0xfe]));
    }, /not text/);
  });
});
