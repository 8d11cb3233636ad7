/** Pictures as phones need them: at most 1600 px, WebP where the browser can write it, else JPEG. */
const LONGEST_PX = 1600;
const SMALL_BYTES = 400_000;
const QUALITY = 0.82;

/** What is uploaded for a chosen picture. An animation stays as it is. Rejects when it is no picture. */
export async function shrunk(file: File): Promise<Blob> {
  if (file.type === 'image/gif') return file;
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size <= SMALL_BYTES && /^image\/(png|jpeg|webp)$/.test(file.type)) return file;
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  // JPEG knows no transparency.
  const webp = await painted(canvas, pen, bitmap, 'image/webp');
  if (webp.type === 'image/webp') return webp;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  return painted(canvas, pen, bitmap, 'image/jpeg');
}

function painted(
  canvas: HTMLCanvasElement,
  pen: CanvasRenderingContext2D,
  bitmap: ImageBitmap,
  type: string
): Promise<Blob> {
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('nothing painted'))), type, QUALITY);
  });
}
