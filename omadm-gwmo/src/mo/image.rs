//! The nodes of the Image Inventory object \[gwmo 3.5\].

use super::table::{Row, rows};

pub(super) const IMAGE_INVENTORY: &[Row] = rows! {
    [Total] Required Int G "0";
    [Free] Required Int G "0";
    [Images] Required Node AG "";
    [Images X] Optional Node ADG "";
    [Images X ImageId] Required Chr AGR "";
    [Images X Kind] Required Int AGR "5";
    [Images X Name] Optional Chr AGR "";
    [Images X Version] Optional Chr AGR "";
    [Images X Type] Optional Chr AGR "application/octet-stream";
    [Images X Size] Optional Int AGR "0";
    [Images X Hash] Required Chr AGR "";
    [Images X Sig] Optional Bin AGR "";
    [Images X SetId] Optional Chr AGR "";
    [Images X DeltaFrom] Optional Chr AGR "";
    [Images X Match] Optional Chr AGR "";
    [Images X SrcUrl] Optional Chr AGR "";
    [Images X Data] Optional Bin AR "";
    [Images X LocalUrl] Required Chr G "";
    [Images X Have] Required Int G "0";
    [Images X Pinned] Optional Bool AGR "false";
    [Images X Expires] Optional Chr AGR "";
    [Images X RefCount] Required Int G "0";
    [Images X Served] Required Int G "0";
    [Images X State] Required Int G "0";
    [Images X ResultCode] Required Int G "0";
    [Images X Operations] Required Node G "";
    [Images X Operations Download] Required Null E "";
    [Images X Operations Verify] Optional Null E "";
    [Images X Operations Cancel] Optional Null E "";
    [Images X Ext] Optional Node G "";
};
