//! What HTTP/2 sends frame by frame, gathered: a frame has 16 kB at most, and to hand it to the system costs more
//! than to copy it. All that is said in one go leaves together, as soon as nothing more is heard.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// So many bytes are held back at most.
const MOST: usize = 64 << 10;
/// Shorter writes are frames that say something of the connection, and often come alone.
const SHORT: usize = 1 << 10;

/// A stream that holds back what is written until its reader has heard everything. Whoever flushes it is woken to
/// read again, so nothing is held for longer than the other tasks of the moment take.
#[derive(Debug)]
pub struct Gather<S> {
    stream: S,
    held: BytesMut,
}

impl<S> Gather<S> {
    /// One that holds nothing.
    pub fn new(stream: S) -> Gather<S> {
        Gather { stream, held: BytesMut::new() }
    }
}

impl<S: AsyncWrite + Unpin> Gather<S> {
    /// Sends what is held.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.held))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.held.advance(count),
            }
        }
        // Most connections are idle, and those have no room for anything.
        self.held = BytesMut::new();
        Pin::new(&mut self.stream).poll_flush(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gather<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_pending()
            && !self.held.is_empty()
            && let Poll::Ready(Err(error)) = self.poll_send(cx)
        {
            return Poll::Ready(Err(error));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gather<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        if self.held.len() + length > MOST {
            ready!(self.poll_send(cx))?;
        }
        if length > MOST {
            return Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        }
        let room = if length > SHORT && self.held.is_empty() { MOST } else { length };
        self.held.reserve(room);
        slices.iter().for_each(|slice| self.held.extend_from_slice(slice));
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.held.is_empty() {
            return Pin::new(&mut self.stream).poll_flush(cx);
        }
        // It is sent when the reader comes by again.
        cx.waker().wake_by_ref();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    /// A stream on which nothing comes, and the writes that it took.
    #[derive(Default)]
    struct Took {
        writes: Vec<Vec<u8>>,
        is_broken: bool,
    }

    impl AsyncRead for Took {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Took {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            if self.is_broken {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            self.writes.push(bytes.to_vec());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write(gather: &mut Gather<Took>, cx: &mut Context<'_>, bytes: &[u8]) {
        assert!(
            matches!(Pin::new(&mut *gather).poll_write(cx, bytes), Poll::Ready(Ok(n)) if n == bytes.len())
        );
        assert!(matches!(Pin::new(gather).poll_flush(cx), Poll::Ready(Ok(()))));
    }

    fn read(gather: &mut Gather<Took>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut room = [0; 8];
        Pin::new(gather).poll_read(cx, &mut ReadBuf::new(&mut room))
    }

    #[test]
    fn what_is_said_in_one_go_leaves_together() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let cx = &mut Context::from_waker(&waker);
        let mut gather = Gather::new(Took::default());
        for part in [&b"head "[..], &[b'x'; 16 << 10], b" tail"] {
            write(&mut gather, cx, part);
        }
        assert!(gather.stream.writes.is_empty() && woken.0.load(Ordering::Relaxed) > 0);
        assert!(read(&mut gather, cx).is_pending());
        assert_eq!(gather.stream.writes.iter().map(Vec::len).collect::<Vec<_>>(), [(16 << 10) + 10]);
        assert_eq!(gather.held.capacity(), 0, "an idle connection has room for nothing");
        // More than is held at most.
        for _ in 0..9 {
            write(&mut gather, cx, &[b'y'; 16 << 10]);
        }
        assert!(gather.held.len() <= MOST && read(&mut gather, cx).is_pending());
        assert_eq!(
            gather.stream.writes[1..].iter().map(Vec::len).collect::<Vec<_>>(),
            [MOST, MOST, 16 << 10]
        );
    }

    #[test]
    fn whoever_reads_is_told_that_nothing_can_be_sent() {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut gather = Gather::new(Took::default());
        write(&mut gather, cx, b"word");
        gather.stream.is_broken = true;
        assert!(
            matches!(read(&mut gather, cx), Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe)
        );
    }

    proptest! {
        #[test]
        fn all_comes_in_its_order(sizes in prop::collection::vec(0usize..40_000, 1..12), room in 1usize..70_000) {
            let all: Vec<u8> = (0..sizes.iter().sum()).map(|at: usize| (at % 251) as u8).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let came = runtime.block_on(async {
                let (mut near, far) = duplex(room);
                let hearing = tokio::spawn(async move {
                    let mut came = Vec::new();
                    near.read_to_end(&mut came).await.map(|_| came)
                });
                let mut gather = Gather::new(far);
                let mut rest = &all[..];
                for size in sizes {
                    let (part, after) = rest.split_at(size);
                    gather.write_all(part).await.unwrap();
                    gather.flush().await.unwrap();
                    rest = after;
                }
                gather.shutdown().await.unwrap();
                drop(gather);
                hearing.await.unwrap().unwrap()
            });
            prop_assert_eq!(came, all);
        }
    }
}
