//! The rows, one test a row and syntax. A test of `rows.rs` says whether the list is complete.

use super::play::play;
use omadm_proto::exchange::Syntax;

macro_rules! rows {
    ($($row:ident)*) => {
        /// The names of the tests.
        pub(super) const NAMES: &[&str] = &[$(stringify!($row)),*];

        $(mod $row {
            use super::{Syntax, play};

            #[test]
            fn xml() {
                play(stringify!($row), Syntax::Xml);
            }

            #[test]
            fn wbxml() {
                play(stringify!($row), Syntax::Wbxml);
            }
        })*
    };
}

rows! {
    x_ses_01 x_ses_02 x_ses_04 x_ses_05 x_ses_07 x_ses_08 x_ses_12 x_ses_16 x_ses_22
    x_aut_01 x_aut_02 x_aut_03 x_aut_06 x_aut_07 x_aut_09 x_aut_10 x_aut_11 x_aut_12 x_aut_14 x_aut_18 x_aut_20
    x_aut_21 x_aut_27 x_aut_34
    x_get_01 x_get_02 x_get_03 x_get_04 x_get_05 x_get_07 x_get_08 x_get_09 x_get_10 x_get_11 x_get_15 x_get_16
    x_get_17 x_get_19 x_get_20 x_get_21 x_get_27
    x_add_01 x_add_02 x_add_03 x_add_04 x_add_06 x_add_07 x_add_08 x_add_10 x_add_11 x_add_12 x_add_13 x_add_15
    x_add_17 x_add_18
    x_rpl_01 x_rpl_02 x_rpl_03 x_rpl_04 x_rpl_05 x_rpl_06 x_rpl_08 x_rpl_09 x_rpl_10 x_rpl_11 x_rpl_13 x_rpl_14
    x_rpl_15 x_rpl_16
    x_del_01 x_del_02 x_del_03 x_del_04 x_del_05 x_del_06 x_del_09 x_del_10
    x_cpy_01 x_cpy_02 x_cpy_03 x_cpy_06
    x_exe_01 x_exe_02 x_exe_04 x_exe_05 x_exe_06 x_exe_08 x_exe_09
    x_lst_01 x_lst_02 x_lst_04 x_lst_07 x_lst_08 x_lst_09 x_lst_11 x_lst_12 x_lst_13 x_lst_15 x_lst_18 x_lst_19
    x_acl_01 x_acl_02 x_acl_03 x_acl_04 x_acl_05 x_acl_06 x_acl_08 x_acl_09 x_acl_10 x_acl_12 x_acl_13 x_acl_15
    x_acl_17 x_acl_18 x_acl_19 x_acl_23
    x_atm_01 x_atm_02 x_atm_03 x_atm_05 x_atm_06 x_atm_07 x_atm_08 x_atm_10 x_atm_15 x_atm_16 x_atm_18 x_atm_19
    x_atm_21
    x_lob_01 x_lob_02 x_lob_03 x_lob_04 x_lob_06 x_lob_07 x_lob_09 x_lob_11 x_lob_14 x_lob_16 x_lob_18 x_lob_22
    x_msg_02 x_msg_04 x_msg_12
    x_uia_01 x_uia_02 x_uia_03 x_uia_04 x_uia_05 x_uia_07 x_uia_08 x_uia_10
    x_gal_01 x_gal_07 x_gal_09 x_gal_12
    x_ntf_03 x_ntf_06 x_ntf_08 x_ntf_16
    x_boo_01 x_boo_02 x_boo_03 x_boo_05 x_boo_06 x_boo_07 x_boo_08 x_boo_09 x_boo_12 x_boo_15 x_boo_17 x_boo_18
    x_boo_21 x_boo_22 x_boo_24 x_boo_26 x_boo_27
    x_abo_02 x_abo_04 x_abo_05 x_abo_06 x_abo_09
    x_sta_01 x_sta_02 x_sta_05 x_sta_07 x_sta_08 x_sta_11 x_sta_12 x_sta_15 x_sta_16 x_sta_19 x_sta_20
}
