//! A code in a picture: a photograph, a screen shot, a frame of a camera.

use super::Scan;
use image::{GrayImage, ImageReader, Limits, Luma, imageops};
use rxing::{BarcodeFormat, DecodeHints, RXingResult, helpers::detect_multiple_in_luma_with_hints};
use std::{cell::LazyCell, collections::HashSet, fmt, io::Cursor, panic};
use yika_protocol::{
    fault::{Fault, credential as fault},
    voucher::{Code, CodeError, CodeRule, Symbology},
};

/// Longest side of a picture, in pixels: twice that of any telephone's camera.
pub const LONGEST_SIDE: u32 = 16_384;
/// Most pixels of a picture, those of a telephone's 50-megapixel camera. A few packed kilobytes can claim many more, and a till
/// has neither the memory nor the minutes to look through them.
pub const MOST_PIXELS: u64 = 8_192 * 6_144;
/// Most memory that opening a picture may take: four bytes a pixel, and as much again for the decoder.
const MEMORY: u64 = MOST_PIXELS * 8;
/// Codes are looked for at this size first: more pixels are more noise and more time.
const WORKING_SIDE: u32 = 1_600;
/// Enough for what is to be turned or softened.
const MODEST_SIDE: u32 = 1_400;
/// Below this a code's modules may be single pixels.
const SMALL_SIDE: u32 = 400;
/// The emptiness around a code that its standard asks for, in pixels at the smallest sensible module.
const QUIET: u32 = 24;

/// Why a picture gave no code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PictureError {
    /// It is no PNG or JPEG, it is damaged, or too large.
    Unreadable {
        /// What the decoder said.
        reason: String,
    },
    /// Nothing in it can be read as a code.
    WithoutCode,
    /// Several different codes that could be meant.
    SeveralCodes {
        /// How many.
        count: usize,
    },
    /// What it holds is no e-voucher code.
    Refused(CodeError),
}

impl PictureError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Unreadable { .. } => &fault::PICTURE_UNREADABLE,
            Self::WithoutCode => &fault::PICTURE_WITHOUT_CODE,
            Self::SeveralCodes { .. } => &fault::PICTURE_WITH_SEVERAL_CODES,
            Self::Refused(error) => error.fault(),
        }
    }

    /// What the fault's text cannot know; never a part of a code.
    pub fn detail(&self) -> String {
        match self {
            Self::Unreadable { reason } => reason.clone(),
            Self::WithoutCode => String::new(),
            Self::SeveralCodes { count } => count.to_string(),
            Self::Refused(error) => error.to_string(),
        }
    }
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}

impl std::error::Error for PictureError {}

/// Reads the one e-voucher code of a PNG or JPEG: a QR code, or a Code 128 (also 39, 93, EAN-13, to say what they are
/// not), upright, turned or mirrored light on dark. Other codes in the picture do not matter as long as one fits the rule.
///
/// # Errors
/// As [`PictureError`].
pub fn read(bytes: &[u8], rule: CodeRule) -> Result<Scan, PictureError> {
    one_of(&find(&open(bytes)?, rule), rule)
}

fn open(bytes: &[u8]) -> Result<GrayImage, PictureError> {
    let unreadable = |reason: &dyn fmt::Display| PictureError::Unreadable { reason: reason.to_string() };
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    let reader = || ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let measured = reader().map_err(|error| unreadable(&error))?;
    let (width, height) = measured.into_dimensions().map_err(|error| unreadable(&error))?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(unreadable(&format_args!("{width} × {height} > {MOST_PIXELS} pixels")));
    }
    let mut reader = reader().map_err(|error| unreadable(&error))?;
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| unreadable(&error))?;
    if !picture.color().has_alpha() {
        return Ok(picture.into_luma8());
    }
    // What is transparent shows the page behind it, and pages are white.
    let picture = picture.into_luma_alpha8();
    Ok(GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [light, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        Luma([u8::try_from((light * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)])
    }))
}

/// All codes of the first view of the picture that settles the matter: one that holds a code that fits, or any QR code. A bar
/// code that does not fit may be an accident of lines, so the search goes on.
fn find(picture: &GrayImage, rule: CodeRule) -> Vec<RXingResult> {
    let side = picture.width().max(picture.height());
    let working = if side > WORKING_SIDE { shrunk(picture, WORKING_SIDE) } else { framed(picture) };
    let modest = LazyCell::new(|| shrunk(&working, MODEST_SIDE));
    let smaller = |times| shrunk(&modest, working.width().max(working.height()) / times);
    let turned = |degrees| Some(turned(&modest, degrees));
    let views: [&dyn Fn() -> Option<GrayImage>; 8] = [
        &|| Some(working.clone()),
        &|| (side < SMALL_SIDE).then(|| grown(&working, 3)),
        // Noise, grain and the pattern of a screen go away in a smaller picture.
        &|| Some(smaller(2)),
        &|| Some(smaller(3)),
        // A small code in a large picture.
        &|| (side > WORKING_SIDE).then(|| picture.clone()),
        // A QR code may lie at any angle; a bar code only near a line of the picture.
        &|| turned(30.0),
        &|| turned(45.0),
        &|| turned(-30.0),
    ];
    let settles = |result: &RXingResult| {
        *result.getBarcodeFormat() == BarcodeFormat::QR_CODE || fits(result, rule).is_ok()
    };
    let mut accidents = Vec::new();
    for view in views.iter().filter_map(|view| view()) {
        let found = codes(view);
        if found.iter().any(settles) {
            return found;
        }
        accidents.extend(found);
    }
    accidents
}

fn codes(view: GrayImage) -> Vec<RXingResult> {
    let (width, height) = view.dimensions();
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let formats = [
        BarcodeFormat::QR_CODE,
        BarcodeFormat::CODE_128,
        BarcodeFormat::CODE_39,
        BarcodeFormat::CODE_93,
        BarcodeFormat::EAN_13,
    ];
    let mut hints = DecodeHints {
        PossibleFormats: Some(HashSet::from(formats)),
        TryHarder: Some(true),
        // A telephone's dark mode.
        AlsoInverted: Some(true),
        ..DecodeHints::default()
    };
    // Pictures come from strangers, and a reader of pictures that stumbles over one must not end the till.
    let look = move || {
        detect_multiple_in_luma_with_hints(view.into_raw(), width, height, &mut hints).unwrap_or_default()
    };
    panic::catch_unwind(panic::AssertUnwindSafe(look)).unwrap_or_default()
}

fn fits(result: &RXingResult, rule: CodeRule) -> Result<Code, CodeError> {
    Code::new(result.getText().as_bytes(), rule)
}

/// The only code that fits, else why none does.
fn one_of(found: &[RXingResult], rule: CodeRule) -> Result<Scan, PictureError> {
    let mut fitting: Vec<Scan> = Vec::new();
    let mut refused = None;
    for result in found {
        match fits(result, rule) {
            Ok(code) if fitting.iter().any(|scan| scan.code == code) => {}
            Ok(code) => fitting.push(Scan { code, symbology: symbology(result.getBarcodeFormat()) }),
            Err(error) => refused = Some(error),
        }
    }
    match (fitting.len(), fitting.pop(), refused) {
        (1, Some(scan), _) => Ok(scan),
        (0, _, Some(error)) => Err(PictureError::Refused(error)),
        (0, ..) => Err(PictureError::WithoutCode),
        (count, ..) => Err(PictureError::SeveralCodes { count }),
    }
}

fn symbology(format: &BarcodeFormat) -> Option<Symbology> {
    let letter = match format {
        BarcodeFormat::QR_CODE => b'Q',
        BarcodeFormat::CODE_128 => b'C',
        BarcodeFormat::CODE_39 => b'A',
        BarcodeFormat::CODE_93 => b'G',
        BarcodeFormat::EAN_13 => b'E',
        _ => return None,
    };
    Some(Symbology::from_letter(letter))
}

/// With its longest side at most this long.
fn shrunk(picture: &GrayImage, side: u32) -> GrayImage {
    let longest = picture.width().max(picture.height()).max(1);
    if longest <= side {
        return picture.clone();
    }
    let scaled = |length: u32| {
        let length = u64::from(length) * u64::from(side) / u64::from(longest);
        u32::try_from(length).unwrap_or(side).max(1)
    };
    imageops::thumbnail(picture, scaled(picture.width()), scaled(picture.height()))
}

fn grown(picture: &GrayImage, times: u32) -> GrayImage {
    let (width, height) = picture.dimensions();
    imageops::resize(picture, width * times, height * times, imageops::FilterType::Nearest)
}

/// With a light frame: a code that was cut out close to its edge is found again.
fn framed(picture: &GrayImage) -> GrayImage {
    let (width, height) = picture.dimensions();
    let mut frame = GrayImage::from_pixel(width + 2 * QUIET, height + 2 * QUIET, Luma([255]));
    imageops::replace(&mut frame, picture, i64::from(QUIET), i64::from(QUIET));
    frame
}

/// Turned by so many degrees, corners and all, on white.
fn turned(picture: &GrayImage, degrees: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (new_width, new_height) =
        (width * cos.abs() + height * sin.abs(), width * sin.abs() + height * cos.abs());
    GrayImage::from_fn(new_width.ceil() as u32, new_height.ceil() as u32, |x, y| {
        let (dx, dy) = (x as f32 + 0.5 - new_width / 2.0, y as f32 + 0.5 - new_height / 2.0);
        let from_x = dx * cos + dy * sin + width / 2.0 - 0.5;
        let from_y = dy * cos - dx * sin + height / 2.0 - 0.5;
        if from_x < 0.0 || from_y < 0.0 {
            return Luma([255]);
        }
        // Between the four neighbours: bars are only a few pixels wide.
        let at =
            |x: u32, y: u32| picture.get_pixel_checked(x, y).map_or(255.0, |pixel| f32::from(pixel.0[0]));
        let (left, top) = (from_x as u32, from_y as u32);
        let (right_part, lower_part) = (from_x - left as f32, from_y - top as f32);
        let upper = at(left, top) * (1.0 - right_part) + at(left + 1, top) * right_part;
        let lower = at(left, top + 1) * (1.0 - right_part) + at(left + 1, top + 1) * right_part;
        Luma([(upper * (1.0 - lower_part) + lower * lower_part) as u8])
    })
}
