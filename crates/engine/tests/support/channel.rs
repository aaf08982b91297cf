//! What the engine says, as a channel.
use engine::{Event, Listener};
use std::sync::mpsc;

pub(crate) struct Channel(pub(crate) mpsc::Sender<Event>);
impl Listener for Channel {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}
