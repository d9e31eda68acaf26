from django.db import migrations


def keep_names(apps, schema_editor):
    """Agreements that have a grant go on under the name that it gives them."""
    grants = apps.get_model("tenants", "Grant").objects.exclude(agreement="")
    agreements = apps.get_model("marketplace", "Agreement").objects
    for name in set(grants.values_list("agreement", flat=True)):
        product_code, _, customer = name.rpartition("/")
        of_legacy = {"product_code": product_code, "customer_identifier": customer}
        names = of_legacy if product_code else {"agreement_id": name}
        agreements.filter(**names).update(source=name)


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0006_agreement_source"),
        ("tenants", "0018_hand_overs"),
    ]

    operations = [migrations.RunPython(keep_names, migrations.RunPython.noop)]
