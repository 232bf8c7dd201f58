/** Settings of a device's network connection that a person can give. */

export interface StaticAddresses {
  /** With the length of the prefix, e.g. `192.168.0.101/24`. */
  readonly addresses: readonly string[];
  readonly gateway?: string | undefined;
}

export interface IpSettings {
  /** `auto`: DHCP, or router advertisements. `link-local` and `disabled` reach nothing beyond the link. */
  readonly method: 'auto' | 'manual' | 'link-local' | 'disabled';
  /** With `manual` alone. */
  readonly fixed?: StaticAddresses | undefined;
  readonly nameServers: readonly string[];
}

export type WifiSecurity =
  | { readonly kind: 'open' }
  /** `wpa2` joins WPA2 networks and those that speak WPA2 and WPA3; `wpa3` joins WPA3 alone. */
  | { readonly kind: 'wpa2' | 'wpa3'; readonly passphrase: string }
  | {
      readonly kind: 'enterprise';
      readonly eap: 'peap' | 'ttls' | 'tls';
      readonly identity: string;
      readonly anonymousIdentity?: string | undefined;
      /** Password of the user; with `tls` that of the private key. */
      readonly password?: string | undefined;
      /** Absolute paths on the device. Without a CA the network is not verified. */
      readonly caFile?: string | undefined;
      readonly certificateFile?: string | undefined;
      readonly privateKeyFile?: string | undefined;
    };

export type Link =
  | { readonly kind: 'ethernet'; readonly mac?: string | undefined }
  | { readonly kind: 'vlan'; readonly parent: string; readonly vlanId: number }
  | {
      readonly kind: 'wifi';
      readonly ssid: string;
      readonly isHidden: boolean;
      readonly security: WifiSecurity;
    }
  | {
      readonly kind: 'cellular';
      readonly apn: string;
      readonly username?: string | undefined;
      readonly password?: string | undefined;
      /** Digits, kept as text. */
      readonly pin?: string | undefined;
      /** ModemManager's id of the modem, if there are several. */
      readonly modem?: string | undefined;
    };

export interface NetworkProfile {
  readonly name: string;
  readonly link: Link;
  readonly interfaceName?: string | undefined;
  readonly ipv4: IpSettings;
  readonly ipv6: IpSettings;
  readonly isAutoconnected: boolean;
  /** -999 to 999; of the profiles that fit, the highest is chosen. */
  readonly priority?: number | undefined;
  /** Undefined: NetworkManager guesses. */
  readonly isMetered?: boolean | undefined;
}
