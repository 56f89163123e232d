//! GEOMETRY and GEOGRAPHY: shapes on a plane and on the globe, each with the number of its reference system (SRID). Of the
//! shapes themselves nothing is known here: they are well-known binary (WKB).
//!
//! A value is the SRID in four bytes, the lowest first, then the WKB.

use std::fmt;

use datafusion::arrow::array::{ArrayRef, AsArray, BinaryViewArray};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, ST_INVALID_SRID_VALUE};

/// The type of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Spatial {
    pub kind: SpatialKind,
    /// `None`: each value has one of its own (`ANY`).
    pub srid: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpatialKind {
    /// Edges are straight on a plane.
    Geometry,
    /// Edges are the shortest ways on the globe.
    Geography,
}

/// Bytes of a value before its WKB.
pub const HEADER: usize = 4;

impl SpatialKind {
    pub fn name(self) -> &'static str {
        match self {
            SpatialKind::Geometry => "GEOMETRY",
            SpatialKind::Geography => "GEOGRAPHY",
        }
    }

    /// The SRID of a shape that was given none.
    pub fn default_srid(self) -> i32 {
        match self {
            SpatialKind::Geometry => 0,
            SpatialKind::Geography => 4326,
        }
    }

    /// # Errors
    /// `ST_INVALID_SRID_VALUE` if shapes of the kind have no such reference system.
    pub fn check_srid(self, srid: i32) -> Result<()> {
        let known: &[i32] = match self {
            SpatialKind::Geometry => &[0, 3857, 4326],
            SpatialKind::Geography => &[4326],
        };
        if known.contains(&srid) {
            return Ok(());
        }
        Err(Error::new(
            &ST_INVALID_SRID_VALUE,
            format!("Invalid or unsupported SRID (spatial reference identifier) value: {srid}"),
        ))
    }
}

impl Spatial {
    pub fn new(kind: SpatialKind, srid: Option<i32>) -> Result<Self> {
        if let Some(srid) = srid {
            kind.check_srid(srid)?;
        }
        Ok(Self { kind, srid })
    }

    /// What shapes of both types are.
    pub fn common(self, other: Self) -> Option<Self> {
        (self.kind == other.kind).then_some(Self { srid: self.srid.filter(|srid| other.srid == Some(*srid)), ..self })
    }

    /// Whether shapes of this type may be cast to the other.
    pub fn casts_to(self, other: Self) -> bool {
        match (self.kind, other.kind) {
            (SpatialKind::Geography, SpatialKind::Geometry) => self.srid == other.srid,
            (from, to) => from == to && (other.srid.is_none() || self.srid == other.srid),
        }
    }
}

/// `GEOMETRY(3857)`, `GEOGRAPHY(ANY)`
impl fmt::Display for Spatial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.srid {
            Some(srid) => write!(f, "{}({srid})", self.kind.name()),
            None => write!(f, "{}(ANY)", self.kind.name()),
        }
    }
}

/// Each shape's WKB.
///
/// # Errors
/// The array is not one of shapes.
pub fn wkb(shapes: &ArrayRef) -> Result<ArrayRef> {
    let shapes = shapes.as_binary_view_opt().ok_or_else(|| Error::internal("shapes are binary"))?;
    let bytes = shapes.iter().map(|shape| shape.map(|shape| shape.get(HEADER..).unwrap_or_default()));
    Ok(std::sync::Arc::new(bytes.collect::<BinaryViewArray>()))
}

/// The SRID of a shape.
pub fn srid(shape: &[u8]) -> i32 {
    shape.first_chunk::<HEADER>().map_or(0, |header| i32::from_le_bytes(*header))
}
