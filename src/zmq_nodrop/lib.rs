//! `ZMQ_XPUB_NODROP`, the one socket option that the agent needs and the `zmq` crate lacks.
//!
//! By default a PUB socket drops what a slow subscriber has no room for, and tells nobody. With this option a send
//! waits for room, or fails with `EAGAIN` after the send time-out. It is a crate of its own because it takes a call
//! into C, and the agent itself forbids unsafe code.
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

use std::ffi::c_int;

/// Whether sends on this PUB or XPUB socket wait for every subscriber (`true`) or drop for the slow ones (`false`).
///
/// # Errors
/// `EINVAL` for a socket of another type.
pub fn set(socket: &mut zmq::Socket, nodrop: bool) -> Result<(), zmq::Error> {
    let value = c_int::from(nodrop);
    // SAFETY: the pointer is a live libzmq socket that this thread holds exclusively for the call, and the option's
    // value is an `int` that libzmq only reads (zmq_setsockopt(3), ZMQ_XPUB_NODROP).
    let code = unsafe {
        zmq_sys::zmq_setsockopt(
            socket.as_mut_ptr(),
            zmq_sys::ZMQ_XPUB_NODROP as c_int,
            std::ptr::from_ref(&value).cast(),
            size_of::<c_int>(),
        )
    };
    if code == 0 { Ok(()) } else { Err(zmq::Error::EINVAL) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_subscriber_is_said_instead_of_dropped() {
        let context = zmq::Context::new();
        let mut publisher = context.socket(zmq::PUB).expect("a PUB socket");
        publisher.set_sndhwm(2).expect("a high-water mark");
        publisher.bind("inproc://events").expect("bound");
        let subscriber = context.socket(zmq::SUB).expect("a SUB socket");
        subscriber.set_rcvhwm(2).expect("a high-water mark");
        subscriber.set_subscribe(b"").expect("subscribed");
        subscriber.connect("inproc://events").expect("connected");
        set(&mut publisher, true).expect("set");
        let full = (0..100).find_map(|_| publisher.send("event", zmq::DONTWAIT).err());
        assert_eq!(full, Some(zmq::Error::EAGAIN));
        set(&mut publisher, false).expect("set");
        assert_eq!(publisher.send("event", zmq::DONTWAIT), Ok(()));
    }

    #[test]
    fn other_sockets_have_no_such_option() {
        let context = zmq::Context::new();
        let mut socket = context.socket(zmq::SUB).expect("a SUB socket");
        assert_eq!(set(&mut socket, true), Err(zmq::Error::EINVAL));
    }
}
