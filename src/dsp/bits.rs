//! The bits of numbers in order: what is equal in all of them is the same thing, and nothing else is.

use crate::units::{Cents, Decibels, Hertz, Seconds};

/// The bits of everything that a value consists of. Two values of one type are equal if, and only if, their words are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words(Vec<u64>);

impl Words {
    /// The words of a value.
    #[must_use]
    pub fn of(value: &impl Bits) -> Self {
        let mut words = Self::default();
        value.write(&mut words);
        words
    }
}

/// A value that can be told apart from others by its bits. Both zeros are one.
pub trait Bits {
    /// Appends all that it consists of.
    fn write(&self, words: &mut Words);
}

impl Bits for f64 {
    fn write(&self, words: &mut Words) {
        // Adding zero makes +0 of -0.
        words.0.push((self + 0.0).to_bits());
    }
}

impl Bits for f32 {
    fn write(&self, words: &mut Words) {
        f64::from(*self).write(words);
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {
        $(impl Bits for $number {
            fn write(&self, words: &mut Words) {
                words.0.push(u64::from(*self));
            }
        })*
    };
}

whole_numbers!(u8, u16, u32, u64, bool);

macro_rules! units {
    ($($unit:ident),*) => {
        $(impl Bits for $unit {
            fn write(&self, words: &mut Words) {
                self.0.write(words);
            }
        })*
    };
}

units!(Cents, Decibels, Hertz, Seconds);

impl<T: Bits> Bits for Option<T> {
    fn write(&self, words: &mut Words) {
        self.is_some().write(words);
        if let Some(value) = self {
            value.write(words);
        }
    }
}

impl<T: Bits> Bits for [T] {
    fn write(&self, words: &mut Words) {
        words.0.push(self.len() as u64);
        self.iter().for_each(|value| value.write(words));
    }
}

impl<T: Bits, const COUNT: usize> Bits for [T; COUNT] {
    fn write(&self, words: &mut Words) {
        self.iter().for_each(|value| value.write(words));
    }
}

impl<T: Bits, U: Bits> Bits for (T, U) {
    fn write(&self, words: &mut Words) {
        self.0.write(words);
        self.1.write(words);
    }
}

impl<T: Bits> Bits for Box<[T]> {
    fn write(&self, words: &mut Words) {
        (**self).write(words);
    }
}

impl<T: Bits + ?Sized> Bits for &T {
    fn write(&self, words: &mut Words) {
        (**self).write(words);
    }
}

/// Makes a struct tell itself apart by all its fields. Each has to be named, or it does not compile: none can be forgotten.
macro_rules! bits {
    ($name:ident$(<$life:lifetime>)? { $($field:ident),* $(,)? }) => {
        impl$(<$life>)? $crate::dsp::bits::Bits for $name$(<$life>)? {
            fn write(&self, words: &mut $crate::dsp::bits::Words) {
                let Self { $($field),* } = self;
                $($crate::dsp::bits::Bits::write($field, words);)*
            }
        }
    };
}

pub(crate) use bits;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_equal_and_neighbours_are_not() {
        assert_eq!(Words::of(&0.0), Words::of(&-0.0));
        assert_ne!(Words::of(&1.0), Words::of(&1.0f64.next_up()));
    }

    #[test]
    fn what_is_absent_is_not_what_is_zero() {
        assert_ne!(Words::of(&None::<f64>), Words::of(&Some(0.0)));
        let lists: [&[f64]; 2] = [&[], &[0.0]];
        assert_ne!(Words::of(&lists[0]), Words::of(&lists[1]));
    }

    #[test]
    fn a_struct_is_all_its_fields() {
        struct Pair {
            one: f64,
            other: Option<u8>,
        }
        bits!(Pair { one, other });
        let words = |one, other| Words::of(&Pair { one, other });
        assert_eq!(words(1.0, Some(2)), words(1.0, Some(2)));
        assert_ne!(words(1.0, Some(2)), words(1.0, Some(3)));
        assert_ne!(words(1.0, Some(2)), words(2.0, Some(2)));
    }
}
