//! Coalesces HTTP/2 frames into large writes: a frame has at most 16 KiB, and handing each to the kernel costs more than
//! copying it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most bytes held back.
const MAX_HELD: usize = 64 << 10;
/// Shorter writes are control frames, which often come alone and need no large buffer.
const MIN_DATA: usize = 1 << 10;

/// A stream that buffers writes until a read is pending. Flushing wakes the task to read again, so nothing is buffered
/// for longer than the task needs to handle its input.
#[derive(Debug)]
pub struct CoalescingWriter<S> {
    stream: S,
    held: BytesMut,
}

impl<S> CoalescingWriter<S> {
    /// Wraps a stream.
    pub fn new(stream: S) -> CoalescingWriter<S> {
        CoalescingWriter { stream, held: BytesMut::new() }
    }
}

impl<S: AsyncWrite + Unpin> CoalescingWriter<S> {
    /// Writes the buffer and flushes.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.held))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.held.advance(count),
            }
        }
        // Most connections are idle and need no buffer.
        self.held = BytesMut::new();
        Pin::new(&mut self.stream).poll_flush(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for CoalescingWriter<S> {
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

impl<S: AsyncWrite + Unpin> AsyncWrite for CoalescingWriter<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        if self.held.len() + length > MAX_HELD {
            ready!(self.poll_send(cx))?;
        }
        if length > MAX_HELD {
            return Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        }
        let capacity = if length > MIN_DATA && self.held.is_empty() { MAX_HELD } else { length };
        self.held.reserve(capacity);
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
        // Sent by the next read that is pending.
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

    /// A stream whose reads are pending and that records its writes.
    #[derive(Default)]
    struct Recorder {
        writes: Vec<Vec<u8>>,
        is_broken: bool,
    }

    impl AsyncRead for Recorder {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Recorder {
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
    struct WakeCounter(AtomicUsize);

    impl Wake for WakeCounter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write(writer: &mut CoalescingWriter<Recorder>, cx: &mut Context<'_>, bytes: &[u8]) {
        assert!(
            matches!(Pin::new(&mut *writer).poll_write(cx, bytes), Poll::Ready(Ok(n)) if n == bytes.len())
        );
        assert!(matches!(Pin::new(writer).poll_flush(cx), Poll::Ready(Ok(()))));
    }

    fn read(writer: &mut CoalescingWriter<Recorder>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut buffer = [0; 8];
        Pin::new(writer).poll_read(cx, &mut ReadBuf::new(&mut buffer))
    }

    #[test]
    fn writes_are_coalesced_until_a_read_is_pending() {
        let counter = Arc::new(WakeCounter::default());
        let waker = Waker::from(Arc::clone(&counter));
        let cx = &mut Context::from_waker(&waker);
        let mut writer = CoalescingWriter::new(Recorder::default());
        for part in [&b"head "[..], &[b'x'; 16 << 10], b" tail"] {
            write(&mut writer, cx, part);
        }
        assert!(writer.stream.writes.is_empty() && counter.0.load(Ordering::Relaxed) > 0);
        assert!(read(&mut writer, cx).is_pending());
        assert_eq!(writer.stream.writes.iter().map(Vec::len).collect::<Vec<_>>(), [(16 << 10) + 10]);
        assert_eq!(writer.held.capacity(), 0, "an idle connection has no buffer");
        // More than is held back.
        for _ in 0..9 {
            write(&mut writer, cx, &[b'y'; 16 << 10]);
        }
        assert!(writer.held.len() <= MAX_HELD && read(&mut writer, cx).is_pending());
        assert_eq!(
            writer.stream.writes[1..].iter().map(Vec::len).collect::<Vec<_>>(),
            [MAX_HELD, MAX_HELD, 16 << 10]
        );
    }

    #[test]
    fn reads_fail_where_held_writes_fail() {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut writer = CoalescingWriter::new(Recorder::default());
        write(&mut writer, cx, b"word");
        writer.stream.is_broken = true;
        assert!(
            matches!(read(&mut writer, cx), Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe)
        );
    }

    proptest! {
        #[test]
        fn all_bytes_arrive_in_order(sizes in prop::collection::vec(0usize..40_000, 1..12), buffer in 1usize..70_000) {
            let all: Vec<u8> = (0..sizes.iter().sum()).map(|at: usize| (at % 251) as u8).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let received = runtime.block_on(async {
                let (mut near, far) = duplex(buffer);
                let reading = tokio::spawn(async move {
                    let mut received = Vec::new();
                    near.read_to_end(&mut received).await.map(|_| received)
                });
                let mut writer = CoalescingWriter::new(far);
                let mut rest = &all[..];
                for size in sizes {
                    let (part, after) = rest.split_at(size);
                    writer.write_all(part).await.unwrap();
                    writer.flush().await.unwrap();
                    rest = after;
                }
                writer.shutdown().await.unwrap();
                drop(writer);
                reading.await.unwrap().unwrap()
            });
            prop_assert_eq!(received, all);
        }
    }
}
