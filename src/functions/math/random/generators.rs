//! The generators of random numbers that Spark has, so that a seed gives the same numbers as there.

/// Spark's XORShift generator.
#[derive(Debug)]
pub(super) struct XorShift {
    state: i64,
    /// Normal numbers come in pairs.
    second: Option<f64>,
}

impl XorShift {
    /// The seed is hashed with murmur3, twice.
    pub(super) fn new(seed: i64) -> Self {
        let bytes = seed.to_be_bytes();
        let low = murmur3(&bytes, 0x3C07_4A61_u32);
        let high = murmur3(&bytes, low);
        Self { state: i64::from(high.cast_signed()) << 32 | i64::from(low), second: None }
    }

    fn next(&mut self, bits: u32) -> i32 {
        let mut next = self.state ^ (self.state << 21);
        next ^= (next.cast_unsigned() >> 35).cast_signed();
        next ^= next << 4;
        self.state = next;
        (next & ((1_i64 << bits) - 1)) as i32
    }

    /// From 0 to below 1.
    pub(super) fn next_double(&mut self) -> f64 {
        let high = i64::from(self.next(26)) << 27;
        (high + i64::from(self.next(27))) as f64 * (1.0 / (1_i64 << 53) as f64)
    }

    /// Java's polar method.
    pub(super) fn next_normal(&mut self) -> f64 {
        if let Some(second) = self.second.take() {
            return second;
        }
        loop {
            let x = 2.0 * self.next_double() - 1.0;
            let y = 2.0 * self.next_double() - 1.0;
            let square = x * x + y * y;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.second = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// A digit or a letter.
    pub(super) fn next_character(&mut self) -> char {
        const CHARACTERS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        char::from(CHARACTERS[(self.next(32) % 62).unsigned_abs() as usize])
    }
}

/// Scala's `MurmurHash3.bytesHash`.
fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    for word in bytes.as_chunks::<4>().0 {
        let word = u32::from_le_bytes(*word).wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        hash = (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// MT19937, as commons-math seeds it with a long.
#[derive(Debug)]
pub(super) struct MersenneTwister {
    words: [u32; Self::WORDS],
    place: usize,
}

impl MersenneTwister {
    const WORDS: usize = 624;
    const SHIFT: usize = 397;

    pub(super) fn new(seed: i64) -> Self {
        let seed = seed.cast_unsigned();
        let key = [(seed >> 32) as u32, seed as u32];
        let mut words = [0_u32; Self::WORDS];
        words[0] = 19_650_218;
        let mixed = |words: &[u32; Self::WORDS], n: usize, factor: u32| {
            let before = words[n - 1];
            (before ^ before >> 30).wrapping_mul(factor)
        };
        for n in 1..Self::WORDS {
            words[n] = mixed(&words, n, 1_812_433_253).wrapping_add(n as u32);
        }
        let mut n = 1;
        for step in 0..Self::WORDS {
            let from_key = key[step % 2].wrapping_add((step % 2) as u32);
            words[n] = (words[n] ^ mixed(&words, n, 1_664_525)).wrapping_add(from_key);
            n = Self::following(&mut words, n);
        }
        for _ in 1..Self::WORDS {
            words[n] = (words[n] ^ mixed(&words, n, 1_566_083_941)).wrapping_sub(n as u32);
            n = Self::following(&mut words, n);
        }
        words[0] = 0x8000_0000;
        Self { words, place: Self::WORDS }
    }

    /// After the last word comes the second; the first is a copy of the last.
    fn following(words: &mut [u32; Self::WORDS], n: usize) -> usize {
        if n + 1 < Self::WORDS {
            return n + 1;
        }
        words[0] = words[Self::WORDS - 1];
        1
    }

    fn next_word(&mut self) -> u32 {
        if self.place == Self::WORDS {
            for n in 0..Self::WORDS {
                let joined = self.words[n] & 0x8000_0000 | self.words[(n + 1) % Self::WORDS] & 0x7FFF_FFFF;
                let odd = if joined & 1 == 1 { 0x9908_B0DF } else { 0 };
                self.words[n] = self.words[(n + Self::SHIFT) % Self::WORDS] ^ joined >> 1 ^ odd;
            }
            self.place = 0;
        }
        let mut word = self.words[self.place];
        self.place += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9D2C_5680;
        word ^= word << 15 & 0xEFC6_0000;
        word ^ word >> 18
    }

    pub(super) fn next_long(&mut self) -> u64 {
        u64::from(self.next_word()) << 32 | u64::from(self.next_word())
    }

    /// From 0 to below a bound.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        if bound.is_power_of_two() {
            return ((u64::from(bound) * u64::from(self.next_word() >> 1)) >> 31) as u32;
        }
        loop {
            let bits = self.next_word() >> 1;
            let value = bits % bound;
            // The last numbers below 2³¹ are too few for all values.
            if bits - value + (bound - 1) <= 0x7FFF_FFFF {
                return value;
            }
        }
    }
}
