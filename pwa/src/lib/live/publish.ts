/** Publishes camera and microphone to a seat by WHIP (RFC 9725). */
import { connect, type Access, type Link } from './connection.ts';

export type Health = { kbps: number; lossPercent: number; rttMs: number; fps: number };

export type PublishOptions = {
  access(fresh: boolean): Promise<Access>;
  stream: MediaStream;
  onlink(link: Link): void;
  onhealth?(health: Health): void;
};

/** The picture in three sizes, the smallest first: the relay gives each viewer the one that their network carries. */
const LAYERS: RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 450_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 }
];
const LARGE = 720;
const HEALTH_MS = 1000;

export function publish(options: PublishOptions) {
  let stream = options.stream;
  const connection = connect({
    access: options.access,
    onlink: options.onlink,
    prepare(pc) {
      for (const track of stream.getTracks()) {
        const encodings = track.kind === 'video' ? encodingsOf(track) : undefined;
        const transceiver = pc.addTransceiver(track, {
          direction: 'sendonly',
          streams: [stream],
          ...(encodings && { sendEncodings: encodings })
        });
        if (track.kind === 'video') preferH264(transceiver);
      }
    }
  });

  let before = { at: performance.now(), bytes: 0 };
  const timer = setInterval(async () => {
    const pc = connection.pc;
    if (!pc || !options.onhealth) return;
    const sample = await sent(pc);
    const now = performance.now();
    const kbps = Math.max(0, ((sample.bytes - before.bytes) * 8) / (now - before.at));
    before = { at: now, bytes: sample.bytes };
    options.onhealth({
      kbps: Math.round(kbps),
      lossPercent: sample.lossPercent,
      rttMs: sample.rttMs,
      fps: sample.fps
    });
  }, HEALTH_MS);

  return {
    get pc() {
      return connection.pc;
    },
    /** Another camera or microphone, without a new connection. */
    async use(next: MediaStream) {
      stream = next;
      for (const sender of connection.pc?.getSenders() ?? []) {
        const track = next.getTracks().find((each) => each.kind === sender.track?.kind);
        if (track) await sender.replaceTrack(track);
      }
    },
    move: connection.move,
    close() {
      clearInterval(timer);
      connection.close();
    }
  };
}

/** A small picture, as that of many front cameras held upright, is worth one size only. */
export function encodingsOf(track: MediaStreamTrack): RTCRtpEncodingParameters[] {
  const { width = 0, height = 0 } = track.getSettings();
  if (Math.min(width, height) >= LARGE) return LAYERS;
  return LAYERS.slice(-1).map(({ maxBitrate }) => ({ maxBitrate: maxBitrate ?? 0 }));
}

/** Every phone decodes H264 in hardware, and a recording needs no transcoding. */
function preferH264(transceiver: RTCRtpTransceiver) {
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  const rank = (codec: RTCRtpCodec) => (codec.mimeType.toLowerCase() === 'video/h264' ? 0 : 1);
  transceiver.setCodecPreferences([...codecs].sort((a, b) => rank(a) - rank(b)));
}

async function sent(pc: RTCPeerConnection) {
  const total = { bytes: 0, lossPercent: 0, rttMs: 0, fps: 0 };
  (await pc.getStats()).forEach((entry: Record<string, number | string | undefined>) => {
    if (entry['type'] === 'outbound-rtp') {
      total.bytes += Number(entry['bytesSent'] ?? 0);
      total.fps = Math.max(total.fps, Math.round(Number(entry['framesPerSecond'] ?? 0)));
    } else if (entry['type'] === 'remote-inbound-rtp') {
      total.lossPercent = Math.max(total.lossPercent, Math.round(Number(entry['fractionLost'] ?? 0) * 100));
      total.rttMs = Math.max(total.rttMs, Math.round(Number(entry['roundTripTime'] ?? 0) * 1000));
    }
  });
  return total;
}
