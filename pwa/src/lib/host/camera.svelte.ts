/** Camera and microphone of the host: asked for, chosen, switched, measured. */

export type CameraFault = 'insecure' | 'denied' | 'missing' | 'busy';

const VIDEO: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 }
};
const AUDIO: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true
};
const LEVEL_MS = 60;

export class Camera {
  stream = $state.raw<MediaStream>();
  devices = $state.raw<MediaDeviceInfo[]>([]);
  fault = $state.raw<CameraFault>();
  asking = $state(false);
  microphoneOn = $state(true);
  cameraOn = $state(true);
  /** Loudness now, 0 to 1. */
  level = $state(0);

  #facing: 'user' | 'environment' = 'user';
  #meter: { stop(): void } | undefined;
  #changed: (stream: MediaStream) => void;

  /** @param changed hears of every new stream, e.g. to send it on the connection that stands. */
  constructor(changed: (stream: MediaStream) => void = () => undefined) {
    this.#changed = changed;
  }

  /** A person looking at themselves expects a mirror; what the back camera sees is not mirrored. */
  get mirrored(): boolean {
    return this.stream?.getVideoTracks()[0]?.getSettings().facingMode !== 'environment';
  }

  get cameras(): MediaDeviceInfo[] {
    return this.devices.filter(({ kind }) => kind === 'videoinput');
  }

  get microphones(): MediaDeviceInfo[] {
    return this.devices.filter(({ kind }) => kind === 'audioinput');
  }

  get cameraId(): string {
    return this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? '';
  }

  get microphoneId(): string {
    return this.stream?.getAudioTracks()[0]?.getSettings().deviceId ?? '';
  }

  /** Asks for both; `camera` and `microphone` are device ids, none means the browser's choice. */
  async open({ camera, microphone }: { camera?: string; microphone?: string } = {}): Promise<void> {
    if (!navigator.mediaDevices) return void (this.fault = 'insecure');
    this.asking = true;
    this.fault = undefined;
    // Phones lend one camera at a time: give the old one back before asking for the next.
    this.#release();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { ...VIDEO, ...(camera ? { deviceId: { exact: camera } } : { facingMode: this.#facing }) },
        audio: { ...AUDIO, ...(microphone && { deviceId: { exact: microphone } }) }
      });
      this.devices = await navigator.mediaDevices.enumerateDevices();
      this.#apply();
      this.#meter = measure(this.stream, (level) => (this.level = level));
      this.#changed(this.stream);
    } catch (reason) {
      this.fault = faultOf(reason);
    } finally {
      this.asking = false;
    }
  }

  /** The other camera of a phone. */
  flip(): Promise<void> {
    this.#facing = this.#facing === 'user' ? 'environment' : 'user';
    return this.open({ microphone: this.microphoneId });
  }

  toggleMicrophone(): void {
    this.microphoneOn = !this.microphoneOn;
    this.#apply();
  }

  toggleCamera(): void {
    this.cameraOn = !this.cameraOn;
    this.#apply();
  }

  close(): void {
    this.#release();
    this.stream = undefined;
  }

  #apply(): void {
    this.stream?.getAudioTracks().forEach((track) => (track.enabled = this.microphoneOn));
    this.stream?.getVideoTracks().forEach((track) => (track.enabled = this.cameraOn));
  }

  #release(): void {
    this.#meter?.stop();
    this.#meter = undefined;
    this.level = 0;
    this.stream?.getTracks().forEach((track) => track.stop());
  }
}

function faultOf(reason: unknown): CameraFault {
  const name = reason instanceof DOMException ? reason.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'missing';
}

/** Tells the loudness of `stream` about sixteen times a second. */
function measure(stream: MediaStream, tell: (level: number) => void): { stop(): void } {
  if (stream.getAudioTracks().length === 0) return { stop: () => undefined };
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(loudness(samples));
  }, LEVEL_MS);
  return {
    stop() {
      clearInterval(timer);
      void context.close();
    }
  };
}

/** Root mean square on the scale that ears use: −60 dB is 0, full scale is 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length || 1e-9);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
}
