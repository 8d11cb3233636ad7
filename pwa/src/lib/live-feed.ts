import { openFeed } from './api/index.ts';
import { tell, type Hint } from './hints.ts';
import { ReconnectingSocket, socketUrl } from './socket.ts';

type FeedMessage = { type: Hint | 'left' };

/**
 * The person's feed: the server says what changed, the screens that show it ask again. After a gap
 * everything is asked again. `left` is called when this log-in was ended elsewhere.
 */
export function liveFeed(left: () => void): ReconnectingSocket {
  return new ReconnectingSocket({
    url: async () => socketUrl(`/api/ws?ticket=${encodeURIComponent((await openFeed()).ticket)}`),
    opened: (again) => again && tell('live', 'points', 'home'),
    message: (data) => {
      for (const { type } of data as FeedMessage[]) {
        if (type === 'left') left();
        else tell(type);
      }
    }
  });
}
