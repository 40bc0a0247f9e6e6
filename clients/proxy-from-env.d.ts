declare module 'proxy-from-env' {
  /** The proxy of the environment (HTTPS_PROXY, NO_PROXY) for a URL; empty if there is none. */
  export const getProxyForUrl: (url: string) => string
}
