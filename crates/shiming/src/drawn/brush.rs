//! Drawing by distances: a shape is how far a point is from its edge, and an edge is as soft as it is said to be.

/// Red, green and blue, 0 to 1.
pub(super) type Colour = [f32; 3];
/// A place: to the right, and down.
pub(super) type Place = [f32; 2];

/// A colour that is lighter or darker by a factor.
pub(super) fn times(colour: Colour, factor: f32) -> Colour {
    colour.map(|part| part * factor)
}

/// Between two colours: the first at 0, the second at 1.
pub(super) fn between(one: Colour, other: Colour, share: f32) -> Colour {
    let [red, green, blue] = one;
    let [to_red, to_green, to_blue] = other;
    [red + (to_red - red) * share, green + (to_green - green) * share, blue + (to_blue - blue) * share]
}

/// How much of a point lies within an edge at this distance: none well outside, all well inside.
pub(super) fn within(distance: f32, soft: f32) -> f32 {
    let share = (0.5 - distance / soft).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// What a shape does to what is beneath it.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    /// Covers it.
    With(Colour),
    /// Lightens or darkens it.
    Times(f32),
}

/// An ellipse: centre, half its width and height, its tilt in radians.
#[derive(Clone, Copy)]
pub(super) struct Oval(pub(super) Place, pub(super) [f32; 2], pub(super) f32);

impl Oval {
    /// How far a point is from the edge, less than nothing inside. Exact along the shorter half, near enough elsewhere.
    pub(super) fn distance(self, [x, y]: Place) -> f32 {
        let Self([centre_x, centre_y], [width, height], tilt) = self;
        let (sine, cosine) = tilt.sin_cos();
        let (x, y) = (x - centre_x, y - centre_y);
        let (x, y) = (x * cosine + y * sine, y * cosine - x * sine);
        ((x / width).hypot(y / height) - 1.0) * width.min(height)
    }
}

/// A line from the first place to the last that bends towards the middle one, thinner at both ends.
#[derive(Clone, Copy)]
pub(super) struct Bow(pub(super) [Place; 3], pub(super) f32);

impl Bow {
    const STEPS: u8 = 12;

    fn distance(self, [x, y]: Place) -> f32 {
        let Self([from, bend, to], thick) = self;
        let at = |share: f32| {
            let rest = 1.0 - share;
            let (first, middle, last) = (rest * rest, 2.0 * rest * share, share * share);
            let mixed = |from: f32, bend: f32, to: f32| first * from + middle * bend + last * to;
            [mixed(from[0], bend[0], to[0]), mixed(from[1], bend[1], to[1])]
        };
        let mut nearest = f32::MAX;
        let mut before = from;
        for step in 1..=Self::STEPS {
            let share = f32::from(step) / f32::from(Self::STEPS);
            let after = at(share);
            let (run, rise) = (after[0] - before[0], after[1] - before[1]);
            let along = (((x - before[0]) * run + (y - before[1]) * rise) / run.mul_add(run, rise * rise).max(1e-9))
                .clamp(0.0, 1.0);
            let away = (x - before[0] - along * run).hypot(y - before[1] - along * rise);
            let share = share - (1.0 - along) / f32::from(Self::STEPS);
            nearest = nearest.min(away - thick * (0.35 + 2.6 * share * (1.0 - share)));
            before = after;
        }
        nearest
    }

    fn may_reach(self, [x, y]: Place, margin: f32) -> bool {
        let Self(places, _) = self;
        let spans = |of: fn(&Place) -> f32, value: f32| {
            places.iter().map(of).fold(f32::MAX, f32::min) - margin < value
                && value < places.iter().map(of).fold(f32::MIN, f32::max) + margin
        };
        spans(|place| place[0], x) && spans(|place| place[1], y)
    }
}

/// One point of a picture, and the colour that it has so far.
pub(super) struct Point {
    pub(super) place: Place,
    pub(super) colour: Colour,
}

impl Point {
    /// Lays paint on as far as the point is within an edge.
    pub(super) fn lay(&mut self, distance: f32, soft: f32, paint: Paint, strength: f32) {
        let share = within(distance, soft) * strength;
        let over = match paint {
            Paint::With(colour) => colour,
            Paint::Times(factor) => times(self.colour, factor),
        };
        self.colour = between(self.colour, over, share);
    }

    /// An ellipse.
    pub(super) fn oval(&mut self, oval: Oval, soft: f32, paint: Paint, strength: f32) {
        self.lay(oval.distance(self.place), soft, paint, strength);
    }

    /// A line.
    pub(super) fn bow(&mut self, bow: Bow, soft: f32, paint: Paint, strength: f32) {
        if bow.may_reach(self.place, bow.1 + soft) {
            self.lay(bow.distance(self.place), soft, paint, strength);
        }
    }
}
