//! A face at one point, part by part, from the back to the front.

use super::{
    Sitter, Sitting, Wears,
    brush::{Bow, Colour, Oval, Paint, Place, Point, between, times, within},
};

/// How soft an edge is.
const EDGE: f32 = 0.016;
/// How far above the middle of the head the eyes are.
const EYES: f32 = -0.08;
const SIDES: [f32; 2] = [-1.0, 1.0];

/// The colour of a portrait at a point, on this background.
pub(super) fn colour([across, down]: Place, of: &Sitter, sitting: &Sitting, ground: Colour) -> Colour {
    let place = [across / sitting.near - sitting.aside, down / sitting.near + 0.12];
    let mut point = Point { place, colour: ground };
    let drawn = Drawn { of, sitting };
    drawn.body(&mut point);
    let mut skin = Point { place, colour: drawn.lit_skin(place) };
    drawn.nose(&mut skin);
    drawn.mouth(&mut skin);
    for side in SIDES {
        drawn.eye(side, &mut skin);
    }
    point.lay(drawn.edge_of_head(place), EDGE * 1.5, Paint::With(skin.colour), 1.0);
    drawn.hair(&mut point);
    if of.wears == Wears::Glasses {
        drawn.glasses(&mut point);
    }
    point.colour
}

/// Somebody at a sitting.
struct Drawn<'a> {
    of: &'a Sitter,
    sitting: &'a Sitting,
}

impl Drawn<'_> {
    /// What is behind the face: long hair, shoulders, neck, ears.
    fn body(&self, point: &mut Point) {
        let Sitter { skin, hair, shirt, head: [width, height], .. } = *self.of;
        let soft = EDGE * 2.0;
        if self.of.wears == Wears::LongHair {
            let falls = Oval([0.0, 0.27], [width * 1.28, height * 1.02 + 0.5], 0.0);
            point.oval(falls, soft, Paint::With(times(hair, 0.8)), 1.0);
        }
        let [x, y] = point.place;
        let cloth = between(shirt, times(shirt, 0.7), (x * 0.5 + 0.5).clamp(0.0, 1.0));
        point.oval(Oval([0.0, 1.62], [1.05, 0.62], 0.0), soft, Paint::With(cloth), 1.0);
        let collar = 1.12 + 0.1 * (1.0 - (x / 0.4).powi(2));
        let neck = (x.abs() - width * 0.52).max(0.3 - y).max(y - collar);
        point.lay(neck, soft, Paint::With(times(skin, 0.74 + 0.1 * (y - 0.7))), 1.0);
        for side in SIDES {
            let ear = Oval([side * width * 0.99, 0.06], [0.075, 0.15], side * 0.15);
            point.oval(ear, soft, Paint::With(times(skin, 0.82)), 1.0);
        }
    }

    /// The head: an ellipse that is narrower towards the chin.
    fn head(&self, [_, y]: Place) -> [f32; 2] {
        let [width, height] = self.of.head;
        let low = (y / height).clamp(0.0, 1.0);
        [width * (1.0 - self.of.chin * low * low), height]
    }

    fn edge_of_head(&self, place: Place) -> f32 {
        Oval([0.0, 0.0], self.head(place), 0.0).distance(place)
    }

    /// Skin as it is lit, with cheeks, the hollows of the eyes, and a beard.
    fn lit_skin(&self, place: Place) -> Colour {
        let [x, y] = place;
        let [width, height] = self.head(place);
        let (round, tall) = (x / (width * 1.02), y / (height * 1.02));
        let towards = (1.0 - 0.9 * round * round - 0.7 * tall * tall).max(0.02).sqrt();
        let light = 0.62 + 0.42 * towards - 0.14 * round * self.sitting.light - 0.06 * tall;
        let mut skin = Point { place, colour: times(self.of.skin, light.clamp(0.3, 1.12)) };
        let Sitter { apart, eye: [eye_width, eye_height], head: [width, _], .. } = *self.of;
        for side in SIDES {
            let [red, green, blue] = skin.colour;
            let flush = Paint::With([red * 1.02, green * 0.9, blue * 0.88]);
            skin.oval(Oval([side * width * 0.52, 0.25], [0.16, 0.12], 0.0), 0.2, flush, 0.5);
            let hollow =
                Oval([side * apart + self.sitting.turn, EYES - 0.03], [eye_width * 1.6, eye_height * 2.6], 0.0);
            skin.oval(hollow, 0.16, Paint::Times(0.86), 0.8);
        }
        if self.of.wears == Wears::Beard {
            let stubble = between(times(self.of.hair, 1.1), skin.colour, 0.15);
            let low = within(self.of.mouth[0] - 0.1 - y, 0.16);
            skin.lay(self.edge_of_head(place), 0.1, Paint::With(stubble), 0.8 * low);
        }
        skin.colour
    }

    fn nose(&self, skin: &mut Point) {
        let Sitter { nose: [length, width], .. } = *self.of;
        let Sitting { turn, light, .. } = *self.sitting;
        let tip = EYES + length;
        let middle = turn * 1.2;
        let ridge = Bow([[turn * 0.9, EYES + 0.02], [turn * 1.15, EYES + length * 0.5], [middle, tip - 0.03]], 0.022);
        skin.bow(ridge, 0.07, Paint::Times(1.12), 0.6);
        for side in SIDES {
            let flank = [
                [side * 0.055 + turn, EYES - 0.02],
                [side * 0.05 + turn * 1.1, EYES + length * 0.5],
                [side * width * 0.85 + middle, tip - 0.02],
            ];
            let shaded = if side * light > 0.0 { 0.62 } else { 0.4 };
            skin.bow(Bow(flank, 0.014), 0.06, Paint::Times(0.8), shaded);
            let wing = Oval([side * width * 0.8 + middle, tip], [width * 0.42, 0.05], side * 0.3);
            skin.oval(wing, 0.04, Paint::Times(0.86), 0.6);
            let nostril = Oval([side * width * 0.5 + middle, tip + 0.035], [width * 0.28, 0.016], side * -0.25);
            skin.oval(nostril, 0.025, Paint::Times(0.3), 0.85);
        }
        skin.oval(Oval([turn * 1.3, tip - 0.012], [width * 0.6, 0.055], 0.0), 0.07, Paint::Times(1.1), 0.6);
        let under = [[middle - width * 0.8, tip + 0.045], [middle, tip + 0.075], [middle + width * 0.8, tip + 0.045]];
        skin.bow(Bow(under, 0.012), 0.05, Paint::Times(0.7), 0.6);
    }

    fn mouth(&self, skin: &mut Point) {
        let Sitter { mouth: [y, width, full], lips, hair, .. } = *self.of;
        let turn = self.sitting.turn;
        let lift = self.sitting.smile * 0.05;
        let from_to = |reach: f32, rise: f32, bend: f32| {
            [[turn - width * reach, y - lift + rise], [turn, y + bend], [turn + width * reach, y - lift + rise]]
        };
        if self.of.wears == Wears::Beard {
            let moustache = from_to(1.05, lift - 0.02, -0.14);
            skin.bow(Bow(moustache, 0.03), 0.03, Paint::With(hair), 0.8);
        }
        let upper = Bow(from_to(1.0, 0.0, lift * 0.4 - full * 1.3), full * 0.62);
        skin.bow(upper, EDGE * 1.6, Paint::With(times(lips, 0.9)), 1.0);
        let lower = Bow(from_to(0.86, 0.006, full * 2.0 + lift * 0.8), full * 0.8);
        skin.bow(lower, EDGE * 1.6, Paint::With(times(lips, 1.04)), 1.0);
        let line = Bow(from_to(1.05, 0.0, lift), 0.011);
        skin.bow(line, EDGE * 1.4, Paint::With(times(lips, 0.32)), 1.0);
        skin.oval(Oval([turn, y + full * 3.0 + 0.04], [width * 0.6, 0.03], 0.0), 0.06, Paint::Times(0.84), 0.7);
    }

    fn eye(&self, side: f32, skin: &mut Point) {
        let Sitter { apart, eye: [width, height], slant, brow, hair, .. } = *self.of;
        let centre = [side * apart + self.sitting.turn, EYES];
        let tilt = -side * slant;
        let ball = self.eyeball(skin.place, centre);
        skin.oval(Oval(centre, [width, height], tilt), EDGE, Paint::With(ball), 1.0);
        let (tilted, upright) = tilt.sin_cos();
        let at = |x: f32, y: f32| {
            let (x, y) = (x * width, y * height);
            [centre[0] + x * upright - y * tilted, centre[1] + x * tilted + y * upright]
        };
        let lid = Bow([at(-1.08, 0.1), at(0.0, -2.05), at(1.08, 0.1)], 0.017);
        skin.bow(lid, EDGE * 1.3, Paint::With(times(hair, 0.5)), 0.95);
        let crease = Bow([at(-1.0, -0.7), at(0.0, -3.2), at(1.05, -0.6)], 0.009);
        skin.bow(crease, EDGE * 2.0, Paint::Times(0.62), 0.7);
        let lower = Bow([at(-1.0, 0.0), at(0.0, 2.1), at(1.0, 0.0)], 0.008);
        skin.bow(lower, EDGE * 2.0, Paint::Times(0.66), 0.8);
        let [above, thick, rise, half] = brow;
        let [x, y] = [centre[0], centre[1] - above];
        let arch =
            [[x - side * half * 0.9, y + rise * 0.3], [x + side * half * 0.2, y - 0.05], [x + side * half, y - rise]];
        let colour = between(hair, skin.colour, 0.12);
        skin.bow(Bow(arch, thick), EDGE * 2.4, Paint::With(colour), 0.95);
    }

    /// White, iris, pupil, and the light in it.
    fn eyeball(&self, place: Place, [x, y]: Place) -> Colour {
        let Sitter { eye: [_, height], iris, .. } = *self.of;
        let shade = ((y - place[1]) / height).clamp(0.0, 1.0) * 0.7;
        let mut ball = Point { place, colour: between([0.9, 0.89, 0.87], [0.62, 0.6, 0.6], shade) };
        let centre = [x + self.sitting.turn * 0.2, y - height * 0.06];
        let radius = height * 0.98;
        let ring = Oval(centre, [radius; 2], 0.0);
        ball.oval(ring, EDGE, Paint::With(times(iris, 0.4)), 1.0);
        ball.oval(Oval(centre, [radius * 0.8; 2], 0.0), 0.02, Paint::With(iris), 1.0);
        ball.oval(Oval(centre, [radius * 0.46; 2], 0.0), EDGE, Paint::With([0.03, 0.03, 0.04]), 1.0);
        let glint = [centre[0] - radius * 0.3 * self.sitting.light.signum(), centre[1] - radius * 0.35];
        ball.oval(Oval(glint, [0.012; 2], 0.0), EDGE, Paint::With([1.0; 3]), 1.0);
        ball.colour
    }

    /// Hair over the head, with the face cut out of it.
    fn hair(&self, point: &mut Point) {
        let Sitter { hair, head: [width, height], forehead, .. } = *self.of;
        let [x, y] = point.place;
        let cap = Oval([0.0, -0.1], [width * 1.14, height * 1.06], 0.0).distance(point.place);
        let face = Oval([0.06 * forehead, 0.22], [width * 0.98, height * 0.98 + forehead * 0.25], 0.05);
        let ends = if self.of.wears == Wears::LongHair { 1.2 } else { 0.02 };
        let strands = 0.88 + 0.12 * (x * 60.0 + (y * 9.0).sin() * 2.0).sin();
        let shine = Oval([-0.15 * self.sitting.light, -0.55], [width * 0.6, 0.1], 0.0).distance(point.place);
        let colour = times(hair, strands * (1.0 + 0.5 * within(shine, 0.25)));
        point.lay(cap.max(-face.distance(point.place)).max(y - ends), EDGE * 2.0, Paint::With(colour), 1.0);
    }

    fn glasses(&self, point: &mut Point) {
        let (apart, turn) = (self.of.apart, self.sitting.turn);
        let frame = Paint::With([0.08, 0.08, 0.1]);
        for side in SIDES {
            let lens = Oval([side * apart * 1.03 + turn, EYES + 0.02], [apart * 0.78, apart * 0.62], 0.0);
            point.lay(lens.distance(point.place).abs() - 0.014, EDGE, frame, 1.0);
        }
        let bridge = [[turn - apart * 0.3, EYES], [turn, EYES - 0.04], [turn + apart * 0.3, EYES]];
        point.bow(Bow(bridge, 0.014), EDGE, frame, 1.0);
    }
}
