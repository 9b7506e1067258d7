//! The whole application over hardware that does anything.

use yika_firmware::app::App;
use yika_firmware::app::ResidentCards;
use yika_firmware::hal::{Board, Clock, Millis, Start};

use crate::unknown::{Anything, number, used};

/// A board of which nothing is known.
struct Unknown(Anything);

impl Clock for Anything {
    fn now(&self) -> Millis {
        Millis(u64::from(number()) << 32 | u64::from(number()))
    }
}

macro_rules! part {
    ($name:ident) => {
        fn $name(&mut self) -> &mut Anything {
            &mut self.0
        }
    };
}

impl Board for Unknown {
    type Clock = Anything;
    type Slot = Anything;
    type Keys = Anything;
    type Screen = Anything;
    type Entropy = Anything;
    type Network = Anything;
    type Scanner = Anything;
    type Printer = Anything;
    type Till = Anything;
    type IdReader = Anything;
    type Watchdog = Anything;

    const NAME: &'static str = "unknown";

    fn clock(&self) -> &Anything {
        &self.0
    }

    part!(slot);
    part!(keys);
    part!(screen);
    part!(entropy);
    part!(network);
    part!(scanner);
    part!(printer);
    part!(till);
    part!(id_reader);
    part!(watchdog);

    fn start(&self) -> Start {
        if number() == 0 { Start::PowerOn } else { Start::Reset }
    }
}

pub(crate) fn all() {
    let mut app = App::<Unknown, Anything, ResidentCards>::new(Unknown(Anything), Anything, "unknown");
    while number() != 0 {
        app.poll();
        used(app.idle());
        used(app.frame().bytes());
    }
}
