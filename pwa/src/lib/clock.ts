/** The instant of an act as the wire wants it (RFC 3339, UTC). */
export const nowText = (): string => new Date().toISOString();
