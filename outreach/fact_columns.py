"""The columns of the day's features that conditions may ask about, by what they count.

A test holds them equal to the catalogue's; what the profile tells itself is not among them.
"""

# Money in cents, counts and days from 0 on; a column of days that looks back n days ends at n.
COLUMNS = {
    "cents": """
        assets_mean_7d assets_mean_30d assets_mean_90d assets_mean_180d assets_mean_365d
        deposits_mean_30d deposits_mean_90d balance_peak_30d balance_peak_365d latest_balance_30d
        assets_fall_90d idle_cash_30d idle_cash_90d cash_in_30d cash_in_90d largest_inflow_30d
        largest_inflow_90d cash_out_7d cash_out_30d cash_out_90d cash_out_365d largest_outflow_30d
        largest_outflow_90d planned_out_90d net_flow_7d net_flow_30d net_flow_90d
        sent_to_other_banks_30d sent_to_other_banks_90d received_from_other_banks_90d
        card_spending_30d card_spending_90d fees_90d interest_earned_90d moved_by_investing_90d
        loan_payments_90d salary_in_30d salary_in_90d latest_salary_180d salary_size_365d
        ended_within_quarter maturing_within_month maturing_within_quarter loan_payment_monthly
        overdue_amount
    """,
    "number": """
        assets_log_90d assets_week_against_month_30d assets_month_against_quarter_90d
        assets_quarter_against_half_180d assets_half_against_year_365d
        deposits_month_against_quarter_90d balance_against_peak_365d balance_volatility_90d
        idle_cash_share_90d empty_share_90d wealth_share_90d inflow_against_own_pace_90d
        outflow_week_against_month_30d outflow_against_own_pace_90d
        outflow_quarter_against_year_365d largest_outflow_of_assets_30d net_flow_log_30d
        net_flow_of_assets_30d sent_against_own_pace_90d sent_share_of_out_90d sent_of_assets_30d
        sent_log_30d card_against_own_pace_90d salary_spread_365d salary_against_own_mean_365d
        regular_payments_against_own_pace_90d logins_against_own_pace_90d login_silence_365d
        web_share_90d page_views_against_own_pace_90d activity_against_own_pace_90d
        activity_against_quarter_before_180d active_days_against_own_pace_365d
        transaction_silence_365d branch_and_machine_share_90d mobile_share_90d days_to_maturity
        payments_of_salary contacts_against_own_pace_365d answered_share_365d days_to_reassessment
    """,
    "days": """
        overdrawn_days_90d days_since_salary_180d days_since_login_180d login_days_365d
        days_since_abandoned_180d days_since_own_transaction_180d active_days_30d active_days_90d
        active_days_365d days_since_sign_of_life_180d days_since_visit_365d days_since_new_product
        days_since_contact_365d days_since_refusal_365d days_since_complaint_365d longest_open_case
        days_to_settle_365d
    """,
    "count": """
        cash_transactions_90d salary_payments_365d regular_payments_30d regular_payments_90d
        logins_7d logins_30d logins_90d page_views_7d page_views_30d page_views_90d
        page_views_of_deposit_30d page_views_of_deposit_90d page_views_of_wealth_30d
        page_views_of_wealth_90d page_views_of_fund_30d page_views_of_fund_90d
        page_views_of_insurance_30d page_views_of_insurance_90d page_views_of_credit_card_30d
        page_views_of_credit_card_90d page_views_of_consumer_loan_30d
        page_views_of_consumer_loan_90d page_views_of_mortgage_30d page_views_of_mortgage_90d
        page_views_of_business_loan_30d page_views_of_business_loan_90d applications_90d
        abandoned_applications_90d abandoned_applications_of_deposit_90d
        abandoned_applications_of_wealth_90d abandoned_applications_of_fund_90d
        abandoned_applications_of_insurance_90d abandoned_applications_of_credit_card_90d
        abandoned_applications_of_consumer_loan_90d abandoned_applications_of_mortgage_90d
        abandoned_applications_of_business_loan_90d partner_events_90d government_events_90d
        own_transactions_30d own_transactions_90d own_transactions_180d channels_used_90d
        branch_visits_90d products_held families_held families_ever_held products_held_months_ago_1
        products_held_months_ago_2 products_held_months_ago_3 products_held_months_ago_4
        products_held_months_ago_5 products_ended accounts_open accounts_closed_within_year
        contacts_30d contacts_90d contacts_365d contacts_by_phone_90d contacts_by_sms_90d
        contacts_by_app_90d contacts_by_branch_90d service_contacts_90d inbound_contacts_90d
        interest_shown_365d refusals_365d unanswered_calls_90d said_leaving_365d
        low_mood_contacts_365d opt_outs_365d complaints_90d complaints_365d service_cases_365d
        open_cases low_mood_cases_365d
    """,
    "flag": """
        receives_pension_180d salary_stopped_135d stopped_standing_order_135d stopped_bill_135d
        stopped_card_135d inactive_90d last_word_was_no latest_mood_low_365d is_private is_business
    """,
}
